import { afterAll, describe, expect, it } from 'vitest';
import type { Sent } from '../../examples/example.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { CASES, exampleFaults, exampleOf, GATED_CASES } from '../../testbed/examples.ts';
import { openTestbed } from '../../testbed/testbed.ts';
import { requestOf } from './endpoints.ts';

const { runtime, close } = await openTestbed();
afterAll(close);
const clouds = runtime.clouds.all();

const cloudsIn = (requests: readonly Sent[]): Set<string> =>
  new Set(requests.map((sent) => requestOf(sent).cloud.replace('inference', 'nebula')));

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

  it.each(TOOLS.map((tool) => [tool.name, tool] as const))(
    'shows what %s sends, and does, on every cloud that it exists for',
    (name, tool) => {
      const showing = CASES.filter(
        (one) => one.tool.name === name && (tool.effect === 'read' || one.effect !== undefined),
      );
      expect(cloudsIn(showing.flatMap(({ sends }) => sends))).toEqual(
        new Set(clouds.filter(tool.needs).map(({ id }) => id)),
      );
    },
  );
});
