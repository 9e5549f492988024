import { describe, expect, it } from 'vitest';
import { KINDS, parseRef } from '../../src/core/ref.ts';
import { EVERYDAY } from '../../testbed/examples.ts';
import { BOTH, surfaceOf } from './surfaces.ts';

const { tools, listed } = await surfaceOf(BOTH);
const requests = EVERYDAY.map((request) => [request.says, request] as const);

describe('everyday requests', () => {
  it('are at least 60, all different, and every tool is the answer to one', () => {
    expect(EVERYDAY.length).toBeGreaterThanOrEqual(60);
    expect(new Set(EVERYDAY.map(({ says }) => says)).size).toBe(EVERYDAY.length);
    const answers = new Set(EVERYDAY.map(({ tool }) => tool));
    expect([...tools.keys()].filter((name) => !answers.has(name))).toEqual([]);
  });

  it.each(requests)('become a call that is as the list says: %s', (_says, { tool, args }) => {
    const schema = listed.find(({ name }) => name === tool)?.inputSchema;
    expect(Object.keys((schema?.properties ?? {}) as object)).toEqual(
      expect.arrayContaining(Object.keys(args)),
    );
    expect(Object.keys(args)).toEqual(expect.arrayContaining((schema?.required ?? []) as string[]));
    expect(tools.get(tool)?.open(args).input).toMatchObject(args);
  });

  it('name things by refs of the right kind', () => {
    const given = EVERYDAY.flatMap(({ args }) =>
      Object.entries(args).flatMap(([field, value]) =>
        [value]
          .flat()
          .map((one) => [field.replace(/^(?:add|remove)_/, '').replace(/s$/, ''), String(one)] as const),
      ),
    );
    const refs = given.filter(([, value]) => /^(volt|nebula):/.test(value));
    expect(refs.length).toBeGreaterThan(20);
    for (const [field, value] of refs) {
      const kind = KINDS.find((known) => known === (field === 'ref' ? 'pod' : field));
      expect(kind, `${field}: ${value}`).toBeDefined();
      expect(parseRef(value, kind ?? 'pod').kind).toBe(kind);
    }
  });
});
