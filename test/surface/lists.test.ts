import { describe, expect, it } from 'vitest';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { fieldsIn, refsIn } from '../facts.ts';
import { type Harness, startHarness } from '../harness.ts';

/** The plural under which each list answers. */
const PLURALS: Record<string, string> = {
  list_machines: 'machines',
  list_images: 'images',
  list_pods: 'pods',
  list_jobs: 'jobs',
  list_ssh_keys: 'ssh_keys',
  list_templates: 'templates',
  list_docker_credentials: 'docker_credentials',
  list_api_keys: 'api_keys',
  list_invoices: 'invoices',
  list_payments: 'payments',
  list_models: 'models',
};
const LISTS = Object.entries(PLURALS);

async function withThings(): Promise<Harness> {
  const harness = await startHarness({ state: 'memory' });
  const { world } = harness;
  for (const name of ['one', 'two', 'three']) {
    world.addPod('volt', { name, machine_id: 'mach_rtx3090_01' });
    world.addPod('nebula', { name, product_id: 'prd-ca-a6000-1' });
  }
  for (const name of ['first', 'second'])
    createJob(
      world,
      { taskType: 'text', name, model: 'meta-llama/Llama-3.1-8B', dsRepo: 'a/b', hours: 2 },
      0,
    );
  return harness;
}

const rowsOf = (structured: Record<string, unknown>, plural: string): Record<string, unknown>[] => {
  const rows = structured[plural];
  if (!Array.isArray(rows)) throw new Error(`${plural} is not an array: ${JSON.stringify(structured)}`);
  return rows;
};

describe('a list', () => {
  it('exists under a known plural for every list tool', () => {
    const names = TOOLS.map(({ name }) => name).filter((name) => name.startsWith('list_'));
    expect(names.toSorted()).toEqual(Object.keys(PLURALS).toSorted());
  });

  it.each(LISTS)(
    '%s: rows under %s, total, next_cursor, and the whole by pages of one',
    async (tool, plural) => {
      const { call } = await withThings();
      const { structured: whole, isError, text } = await call(tool, { limit: 100 });
      expect(isError, text).toBe(false);
      const rows = rowsOf(whole, plural);
      expect(rows.length).toBeGreaterThan(0);
      expect(whole).toMatchObject({ total: rows.length, next_cursor: null });
      expect(whole.errors).toBeUndefined();

      const paged: unknown[] = [];
      let cursor: string | undefined;
      for (let page = 0; page <= rows.length; page += 1) {
        const { structured } = await call(tool, { limit: 1, ...(cursor !== undefined && { cursor }) });
        expect(structured.total).toBe(rows.length);
        paged.push(...rowsOf(structured, plural));
        if (typeof structured.next_cursor !== 'string') break;
        cursor = structured.next_cursor;
      }
      const named = (row: unknown) => (row as { ref?: string; name?: string }).ref ?? row;
      if (rows.every((row) => 'ref' in row)) expect(paged.map(named)).toEqual(rows.map(named));
      else expect(paged).toHaveLength(rows.length);
    },
  );

  it.each(LISTS)('%s: each row says what it is, and money is never 0 for unknown', async (tool, plural) => {
    const { call } = await withThings();
    for (const row of rowsOf((await call(tool)).structured, plural)) {
      if ('ref' in row) expect(row.ref).toMatch(/^(?:volt|nebula):[a-z_]+:.+$/);
      else expect(['payments', 'models']).toContain(plural);
      expect(Object.keys(row).filter((key) => !/^[a-z][a-z0-9_]*$/.test(key))).toEqual([]);
      const empty = Object.entries(row).filter(
        ([, value]) => value === null || value === '' || `${value}` === '',
      );
      expect(empty).toEqual([]);
      if ('ref' in row) expect(Object.keys(row)).not.toEqual(expect.arrayContaining(['cloud', 'id']));
    }
  });

  it.each(LISTS)('%s: a cursor that this server did not hand out is refused', async (tool) => {
    const { call } = await startHarness();
    for (const cursor of ['7', 'YXQ6', 'YXQ6LTE', Buffer.from('at:1e9').toString('base64url')]) {
      const { structured, isError } = await call(tool, { cursor });
      expect(isError).toBe(true);
      expect(structured.error?.code).toBe('invalid_input');
      expect(fieldsIn(structured.error?.message)).toEqual(['cursor']);
      expect(structured.error?.hint).toContain('next_cursor');
    }
  });

  it.each(LISTS)('%s: a cursor past the end is an empty page', async (tool, plural) => {
    const { call } = await startHarness();
    const { structured, isError } = await call(tool, {
      cursor: Buffer.from('at:5000').toString('base64url'),
    });
    expect(isError).toBe(false);
    expect(rowsOf(structured, plural)).toEqual([]);
    expect(structured.next_cursor).toBeNull();
  });

  it('says in words how much was left out and how to get it', async () => {
    const { call } = await withThings();
    const { text, structured } = await call('list_pods', { limit: 2 });
    expect(text).toContain(String(structured.next_cursor));
    expect(text).toContain('6');
  });

  it('gives a warning that several rows share once, with the refs of all', async () => {
    const { call } = await startHarness({ state: 'memory' });
    const { text, structured } = await call('list_machines', { gpu: 'H100', cloud: 'nebula' });
    const warned = (structured.machines ?? []).filter(({ warnings = [] }) => warnings.length > 0);
    expect(warned.length).toBeGreaterThan(1);
    const lines = text.split('\n').filter((line) => line.startsWith('! '));
    expect(lines).toHaveLength(new Set(warned.flatMap(({ warnings }) => warnings)).size);
    expect(refsIn(lines[0])).toEqual(warned.map(({ ref }) => ref));
  });
});

const OF_BOTH = ['list_machines', 'list_pods', 'list_ssh_keys', 'list_api_keys'] as const;

describe('when one cloud fails', () => {
  it.each(OF_BOTH)("%s: the other's rows, and the failure beside them", async (tool) => {
    const { call, world } = await withThings();
    world.faults.add({ cloud: 'volt', method: 'GET', kind: 'error_before', status: 502, times: 100 });
    const { structured, isError, text } = await call(tool);
    expect(isError, text).toBe(false);
    const rows = rowsOf(structured, PLURALS[tool] ?? '');
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ ref }) => String(ref).split(':')[0]))).toEqual(new Set(['nebula']));
    expect(structured.errors).toEqual([
      { cloud: 'volt', code: 'upstream_unavailable', message: expect.any(String) },
    ]);
    expect(text).toMatch(/! volt\b.*: upstream_unavailable: /);
  });

  it.each(OF_BOTH)('%s: an error when it is the cloud that was asked for', async (tool) => {
    const { call, world } = await startHarness();
    world.faults.add({ cloud: 'volt', kind: 'error_before', status: 502, times: 100 });
    const { structured, isError } = await call(tool, { cloud: 'volt' });
    expect(isError).toBe(true);
    expect(structured.error).toMatchObject({ code: 'upstream_unavailable', cloud: 'volt', retryable: true });
  });

  it('get_spend: the sum is unknown, never smaller', async () => {
    const { call, world } = await withThings();
    world.faults.add({ cloud: 'volt', path: '/pods', kind: 'error_before', status: 502, times: 100 });
    const { structured, isError } = await call('get_spend');
    expect(isError).toBe(false);
    expect(structured.spend).not.toHaveProperty('usd_per_hour');
    expect(structured.spend).not.toHaveProperty('headroom_usd_per_hour');
    expect(structured.spend).toMatchObject({
      errors: [{ cloud: 'volt', code: 'upstream_unavailable' }],
    });
  });
});

describe('when both clouds fail', () => {
  it.each(OF_BOTH)('%s: an error', async (tool) => {
    const { call, world } = await startHarness();
    world.faults.add({ kind: 'error_before', status: 502, times: 100 });
    const { structured, isError } = await call(tool);
    expect(isError).toBe(true);
    expect(structured.error).toMatchObject({ code: 'upstream_unavailable', retryable: true });
  });

  it.each([
    ['html', 'unexpected_response'],
    ['garbage_json', 'unexpected_response'],
  ] as const)('%s is never an empty list', async (kind, code) => {
    const { call, world } = await startHarness();
    world.faults.add({ kind, status: 200, times: 100 });
    const { structured, isError } = await call('list_pods');
    expect(isError).toBe(true);
    expect(structured.error?.code).toBe(code);
  });
});
