import { CLOUDS, keyFormsOf } from '../../src/clouds/index.ts';
import { createRedactor } from '../../src/outbound/redact.ts';
import type { Figure, Part } from '../figure.ts';

const KIB = 1024;
const SMALL = 256 * KIB;
const LARGE = 1024 * KIB;
const ROUNDS = 5;

/** Texts that make a pattern begin again at many of their characters. */
const SEEDS = ['eyJ-', 'ak_ak_.', 'ak_aaaaaaaaaaa ', 'volt_', 'password: ', '"password":"', '\\', 'Bearer '];
const END = ' password volt_x';

const redact = createRedactor(['sk-canary-0123456789'], keyFormsOf(CLOUDS));

/** The shortest of some runs over a text of this length, in milliseconds. */
function fastest(seed: string, length: number): number {
  const text = seed.repeat(Math.ceil(length / seed.length)).slice(0, length) + END;
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    redact(text);
    return performance.now() - started;
  });
  return Math.min(...times);
}

/** The time of the redactor, which every result and log line passes, by the size of the worst text. */
export const redaction: Part = {
  name: 'redaction',
  run: async () => {
    const runs = SEEDS.map((seed) => ({ small: fastest(seed, SMALL), large: fastest(seed, LARGE) }));
    const worst = runs.reduce((top, run) => (run.large > top.large ? run : top));
    const sum = (times: readonly number[]) => times.reduce((total, ms) => total + ms, 0);
    const growth = sum(runs.map(({ large }) => large)) / sum(runs.map(({ small }) => small));
    const figures: Figure[] = [
      {
        name: 'redactor, 1 MiB of the worst text',
        value: worst.large,
        unit: 'ms',
        goal: 2000,
        machine: true,
      },
      { name: 'redactor, 1 MiB of each text over 256 KiB of it', value: growth, unit: '', goal: 6 },
    ];
    return { figures };
  },
};
