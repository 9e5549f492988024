import { expect, it } from 'vitest';
import { clocks } from '../../bench/attack/clocks.ts';
import { createDice } from '../../bench/soak/dice.ts';

const ONE = { rounds: 1, isOver: () => false };

it('a day with a clock that jumps lengthens no consent and no lease, passes no cap, refuses no read and stops nothing else', async () => {
  expect((await clocks.run('', createDice(1), ONE)).wrong).toEqual([]);
}, 60_000);
