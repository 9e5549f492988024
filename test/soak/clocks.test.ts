import { expect, it } from 'vitest';
import { clocks } from '../../bench/attack/clocks.ts';
import { createDice } from '../../bench/soak/dice.ts';

it('a day with a clock that jumps lengthens no consent, passes no cap, refuses no read and stops nothing', async () => {
  expect((await clocks.run('', createDice(1), 1)).wrong).toEqual([]);
}, 60_000);
