import { beforeAll, describe, expect, it } from 'vitest';
import { runKilled } from '../../bench/faults/killed.ts';
import { SPENDING } from '../../bench/faults/matrix.ts';
import { binary } from '../binary.ts';
import { labelOf } from './tried.ts';

let program = '';
beforeAll(async () => {
  program = await binary();
}, 60_000);

describe('a server that is killed between its order and the reply', () => {
  it.concurrent.each(SPENDING.map((write) => [labelOf(write), write] as const))(
    'is found out by the next one, which orders nothing: %s',
    async (_, write) => {
      const { wrong } = await runKilled(program, write, true);
      expect(wrong).toEqual([]);
    },
    60_000,
  );
});
