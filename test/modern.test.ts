import { describe } from 'vitest';
import { ON_CI } from './on-ci.ts';
import { useModern } from './revision.ts';

/**
 * Cases that run over both revisions: in their own files over 2025-11-25, and here once more over 2026-07-28. Those that say
 * more of tools than of the protocol do so on CI alone, because they take long.
 */
const FILES = [
  'surface/protocol',
  'surface/forms',
  'gate/elicitation',
  'resources/subscribe',
  ...(ON_CI
    ? [
        'resources/quick',
        'tools/wait',
        ...['liberal', 'lists', 'names', 'refs', 'resources', 'waiting', 'wire'].map(
          (name) => `surface/${name}`,
        ),
        ...['audit-trail', 'caps', 'confirmation-token', 'modes', 'reread'].map((name) => `gate/${name}`),
        'resources/costs',
        'prompts/prompts',
      ]
    : []),
];

useModern(true);
for (const file of FILES) {
  describe(`over 2026-07-28: ${file}`, async () => {
    await import(/* @vite-ignore */ `${import.meta.dirname}/${file}.test.ts?modern`);
  });
}
