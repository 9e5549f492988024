import { describe, expect, it } from 'vitest';
import { TOOLS } from '../../src/tools/index.ts';
import { CASES, exampleFaults, exampleOf, GATED_CASES } from '../../testbed/examples.ts';

const cloudsIn = (requests: readonly string[]): string[] =>
  [...new Set(requests.map((request) => request.split(' ')[1] ?? ''))].toSorted();

describe('examples/', () => {
  it('has one file for each tool, and no other', () => {
    expect(exampleFaults(TOOLS)).toEqual([]);
  });

  it('says which file is missing, and which is too many', () => {
    expect(exampleFaults([{ name: 'buy_cloud' }], ['old_tool'])).toEqual([
      'The tool buy_cloud has no example: write examples/buy_cloud.ts.',
      'examples/old_tool.ts belongs to no tool: name the file after its tool, or delete it.',
    ]);
    expect(() => exampleOf('buy_cloud')).toThrow('examples/buy_cloud.ts');
  });

  it('has different titles within a tool, and one that the documentation shows', () => {
    expect(new Set(CASES.map(({ label }) => label)).size).toBe(CASES.length);
    const shown = new Set(CASES.filter((example) => example.shown).map(({ tool }) => tool.name));
    expect(TOOLS.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });

  it('says of every call that asks what is typed, and of no other', () => {
    const wrong = CASES.filter((one) => GATED_CASES.includes(one) !== (one.challenge !== undefined));
    expect(wrong.map(({ label }) => label)).toEqual([]);
  });

  it.each(TOOLS.filter(({ effect }) => effect !== 'read').map((tool) => [tool.name, tool] as const))(
    'shows an effect of %s on every cloud that it writes to',
    (name, { endpoints }) => {
      const sent = CASES.filter(({ tool, effect }) => tool.name === name && effect !== undefined).flatMap(
        ({ sends }) => sends.map((request) => (typeof request === 'string' ? request : request[0])),
      );
      expect(cloudsIn(sent.map((request) => request.replace(' inference ', ' nebula ')))).toEqual(
        cloudsIn(endpoints),
      );
    },
  );
});
