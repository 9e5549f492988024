import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRuntime } from '../../src/app.ts';
import { CLOUDS } from '../../src/clouds/index.ts';
import { ConfigError, readConfig } from '../../src/config/read.ts';
import { fieldsIn, refsIn } from '../facts.ts';
import { agrees, connectClient, type Person } from '../harness.ts';
import { acme } from './third/manifest.ts';
import { serveAcme } from './third/simulator.ts';

const CLOUDS_AND_ACME = [...CLOUDS, acme];

/** A whole server that knows one cloud more: its folder, and its manifest in the list. */
async function serverWith(person: Person | undefined, more: Record<string, string> = {}) {
  const simulator = await serveAcme();
  onTestFinished(simulator.close);
  const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-third-'));
  onTestFinished(() => rm(stateDir, { recursive: true, force: true }));
  const logs: unknown[] = [];
  const env = {
    ACME_API_KEY: simulator.key,
    ACME_BASE_URL: `${simulator.url}/`,
    GPU_MCP_STATE_DIR: stateDir,
    GPU_MCP_RESULTS: 'both',
    ...more,
  };
  const { runtime, close } = await openRuntime(readConfig({}, env, CLOUDS_AND_ACME), {
    sleep: async () => {},
    // A millisecond for a second, so that what is due first comes first.
    schedule: (ms, run) => {
      const timer = setTimeout(run, ms / 1000);
      return () => clearTimeout(timer);
    },
    log: (event) => void logs.push(event),
  });
  onTestFinished(close);
  const connection = await connectClient(runtime, person);
  onTestFinished(() => connection.client.close());
  return { ...connection, simulator, runtime, logs };
}

describe('a third cloud, from one folder and one line', () => {
  it('lists, rents with consent, waits and deletes over the protocol', async () => {
    const { call, asked, simulator, client } = await serverWith(agrees);
    const listed = await call('list_machines', {});
    expect(listed.structured.machines?.map(({ ref }) => ref)).toEqual(['acme:machine:a100-1']);
    const rented = await call('create_pod', { name: 'train-1', machine: 'acme:machine:a100-1' });
    expect(rented.structured).toMatchObject({ status: 'done', pod: { ref: 'acme:pod:p1' } });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('1.5');
    const waited = await call('wait_for', { ref: 'acme:pod:p1' });
    expect(waited.isError).toBe(false);
    expect((await call('get_pod', { pod: 'acme:pod:p1' })).structured.pod).toMatchObject({
      state: 'running',
      public_ip: '203.0.113.9',
    });
    const resource = await client.readResource({ uri: 'gpu://acme/pod/p1' });
    expect(refsIn(JSON.stringify(resource))).toContain('acme:pod:p1');
    expect((await call('delete_pod', { pod: 'acme:pod:p1' })).structured.status).toBe('done');
    expect((await call('list_pods', {})).structured.total).toBe(0);
    const writes = simulator.seen.filter(({ method }) => method !== 'GET');
    expect(writes.map(({ method, path, body }) => [method, path, body])).toEqual([
      ['POST', '/v2/pods', { sku: 'a100-1', label: 'train-1' }],
      ['DELETE', '/v2/pods/p1', {}],
    ]);
    expect(new Set(simulator.seen.map(({ key }) => key))).toEqual(new Set([simulator.key]));
  });

  it('sends nothing without consent', async () => {
    const { call, simulator } = await serverWith(undefined, { GPU_MCP_CONFIRM: 'human' });
    const refused = await call('create_pod', { name: 'train-1', machine: 'acme:machine:a100-1' });
    expect(refused.isError).toBe(true);
    expect(simulator.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it('is named by its title in an error of the shared stack', async () => {
    const { call } = await serverWith(undefined);
    const { error } = (await call('get_pod', { pod: 'acme:pod:p9' })).structured;
    expect(error).toMatchObject({ code: 'not_found', cloud: 'acme' });
    expect(error?.message).toContain('AcmeGPU');
  });

  it('has no tool of a group that it lacks, and shows no word of clouds without a key', async () => {
    const { client } = await serverWith(undefined);
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain('list_ssh_keys');
    expect(names).not.toContain('list_jobs');
    expect(names).not.toContain('list_images');
    const machines = tools.find(({ name }) => name === 'list_machines');
    expect(machines?.inputSchema.properties?.cloud).toMatchObject({ enum: ['acme'] });
    expect(JSON.stringify(tools)).not.toMatch(/volt|nebula/i);
  });

  it('has the inputs that it offers something for, and no others', async () => {
    const { client, call, simulator } = await serverWith(agrees);
    const { tools } = await client.listTools();
    const inputsOf = (name: string) =>
      Object.keys(tools.find((tool) => tool.name === name)?.inputSchema.properties ?? {});
    expect(inputsOf('create_pod')).toContain('volume_gb');
    expect(inputsOf('create_pod')).not.toContain('template');
    expect(inputsOf('create_pod')).not.toContain('resource_name');
    expect(inputsOf('list_pods')).not.toContain('deleted');
    const order = { name: 'train-2', machine: 'acme:machine:a100-1' };
    const refused = await call('create_pod', { ...order, template: 'acme:template:t1' });
    expect(refused.structured.error?.code).toBe('invalid_input');
    expect(fieldsIn(refused.structured.error?.message)).toEqual(['template']);
    expect(simulator.seen.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect((await call('create_pod', { ...order, volume_gb: 80 })).structured.status).toBe('done');
    expect(simulator.seen.find(({ method }) => method === 'POST')?.body).toEqual({
      sku: 'a100-1',
      label: 'train-2',
      disk_gb: 80,
    });
  });

  it('works beside the others: each key opens its own cloud, and keys of its form are hidden', async () => {
    const { runtime, simulator } = await serverWith(undefined, { VOLT_API_KEY: 'volt_beside_acme' });
    expect(runtime.clouds.all().map(({ id, title }) => [id, title])).toEqual([
      ['volt', 'Volt'],
      ['acme', 'AcmeGPU'],
    ]);
    const wordsOf = (tool: string) => runtime.listed('text').find(({ name }) => name === tool)?.description;
    expect(wordsOf('list_templates')).toContain('Volt');
    expect(wordsOf('list_ssh_keys')).not.toMatch(/Volt|Acme/);
    expect(runtime.redact(`key ${simulator.key}`)).not.toContain(simulator.key);
    expect(runtime.redact('other acme-sk-zzzzzzzz1111')).toBe('other acme-[redacted]');
  });

  it('is configured by its own variables, which are checked like those of the others', () => {
    const read = (env: Record<string, string>) => () => readConfig({}, env, CLOUDS_AND_ACME);
    expect(read({})).toThrow(/ACME_API_KEY/);
    expect(read({ ACME_API_KEY: '"acme-sk-12345678"' })).toThrow(ConfigError);
    expect(read({ ACME_API_KEY: 'acme-sk-12345678', ACME_BASE_URL: 'ftp://x' })).toThrow(/^ACME_BASE_URL: /);
    expect(readConfig({}, { ACME_API_KEY: 'acme-sk-12345678' }, CLOUDS_AND_ACME).clouds).toEqual({
      acme: { key: 'acme-sk-12345678', urls: { api: 'https://api.acme.example/v2' } },
    });
  });

  it('does not exist without its line', () => {
    expect(() => readConfig({}, { ACME_API_KEY: 'acme-sk-12345678' })).toThrow(ConfigError);
  });
});
