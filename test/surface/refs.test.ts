import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KINDS, type Kind, LISTED_BY } from '../../src/core/ref.ts';
import { createWorld } from '../../src/sandbox/create-world.ts';
import { CASES } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { agrees, type Harness, startHarness } from '../harness.ts';

// Ids that would reach another endpoint if they were put into a path as they are. `a/stop` is the worst: on Nebula a
// GET of it stops a pod.
const HOSTILE_IDS = [
  '',
  '.',
  '..',
  '../api-keys',
  'a/stop',
  '%2e%2e',
  '%2F',
  'x?y',
  'x?status=1',
  '#NB-1',
  'a\\b',
  'a\u0000b',
  'a\nb',
  'a\u0085b',
  'x'.repeat(257),
];
const NO_REFS = ['volt:', ':::', 'aws:pod:1', 'AWS:pod:1', ' volt:pod:1', 'gpu://volt/pod/..%2Fx'];

const isRef = (value: unknown): value is string =>
  typeof value === 'string' && /^(?:volt|nebula):[a-z_]+:/.test(value);

interface Site {
  tool: string;
  args: Record<string, unknown>;
  field: string;
  cloud: string;
  kind: Kind;
  many: boolean;
}

/** Every field of a tool that takes a ref, once for each cloud. */
function sites(): Site[] {
  const found = CASES.flatMap((example) => {
    const { args } = prepare(createWorld({ speed: 0 }), example);
    return Object.entries(args).flatMap(([field, value]): Site[] => {
      const many = Array.isArray(value);
      const ref: unknown = many ? value[0] : value;
      if (!isRef(ref)) return [];
      const [cloud = '', kind = ''] = ref.split(':');
      const known = KINDS.find((name) => name === kind);
      return known === undefined ? [] : [{ tool: example.tool.name, args, field, cloud, kind: known, many }];
    });
  });
  const key = ({ tool, field, cloud, kind }: Site) => `${tool}.${field} on ${cloud}: ${kind}`;
  return [...new Map(found.map((site) => [key(site), site])).values()];
}

/** Calls the tool with one ref replaced, and checks that it was refused before any request. */
async function refused(harness: Harness, site: Site, ref: string) {
  const { tool, field, many, kind } = site;
  const args = { ...site.args, [field]: many ? [ref] : ref };
  const { isError, structured, text } = await harness.call(tool, args);
  const about = `${tool} ${field}=${JSON.stringify(ref.slice(0, 40))}: ${text}`;
  expect(isError, about).toBe(true);
  expect(structured.error?.code, about).toBe('invalid_input');
  expect(structured.error?.message, about).toMatch(new RegExp(`^${field}(?:\\.0)?: .{10}`));
  if (ref.length <= 300) expect(structured.error?.hint, about).toContain(LISTED_BY[kind]);
  expect([...harness.world.requests], about).toEqual([]);
}

const all = sites();

describe('refs that must never reach a path', () => {
  it('are tried wherever a tool takes a ref', () => {
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(KINDS));
    expect(all.length).toBeGreaterThan(25);
  });

  it.each(all.map((site) => [site.tool, site.field, site.cloud, site] as const))(
    '%s %s on %s: invalid_input that names field, rule and next step, and no request',
    async (_tool, _field, cloud, site) => {
      const harness = await startHarness({ elicit: agrees });
      for (const id of HOSTILE_IDS) await refused(harness, site, `${cloud}:${site.kind}:${id}`);
      // A ref of neither a pod nor a job is treated as a pod's.
      const takesBoth = ['wait_for', 'stop_spending'].includes(site.tool);
      if (takesBoth && site.kind === 'job') return;
      for (const text of NO_REFS) await refused(harness, site, text);
      const others = KINDS.filter(
        (kind) => kind !== site.kind && !(takesBoth && ['job', 'pod'].includes(kind)),
      );
      for (const kind of others) await refused(harness, site, `${cloud}:${kind}:abc`);
    },
  );

  it('a read of a pod by any ref requests that pod or nothing', async () => {
    const harness = await startHarness();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 40 }), async (id) => {
        harness.world.requests.clear();
        await harness.call('get_pod', { pod: `volt:pod:${id}` });
        // The list of templates, which names the pod's, is read beside it.
        const paths = harness.world.requests.map(({ path }) => path).filter((path) => path !== '/templates');
        const asked = paths.map((path) => {
          const [, collection, segment, ...rest] = path.split('/');
          return { collection, id: decodeURIComponent(segment ?? ''), rest };
        });
        expect(asked).toEqual(paths.length === 0 ? [] : [{ collection: 'pods', id, rest: [] }]);
      }),
      { numRuns: 60 },
    );
  });

  it('an id that is merely unusual is sent as one encoded segment', async () => {
    const { call, world } = await startHarness({ clouds: ['volt'] });
    await call('get_pod', { pod: 'volt:pod:a b:c&d=é' });
    expect(world.requests.map(({ path }) => path)).toEqual(['/pods/a%20b%3Ac%26d%3D%C3%A9']);
  });

  it('things of two clouds do not mix in one order', async () => {
    const { call, world } = await startHarness({ elicit: agrees });
    const { structured } = await call('create_pod', {
      machine: 'volt:machine:mach_rtx4090_01',
      name: 'x',
      template: 'volt:template:tpl_pytorch21',
      ssh_keys: ['nebula:ssh_key:73'],
    });
    expect(structured.error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/^ssh_keys: .*\bnebula\b.*\bvolt\b/),
    });
    expect([...world.requests]).toEqual([]);
  });
});
