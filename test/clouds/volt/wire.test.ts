import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../../src/clouds/volt/endpoints.ts';
import type { Io } from '../../../src/core/cloud.ts';
import { jsonOf } from './bodies.ts';
import * as doc from './documented.ts';
import * as account from './documented-account.ts';
import { answer, io, KEY, servedVolt } from './fake.ts';

const P = '/api/volt';
const replies: Record<string, unknown> = {
  [`GET ${P}/pods`]: doc.LIST_PODS,
  [`POST ${P}/pods`]: answer(201, doc.POD_CREATED_LIUM),
  [`GET ${P}/pods/pod_def456`]: doc.POD_DETAIL,
  [`POST ${P}/pods/pod_def456/start`]: doc.STARTED,
  [`POST ${P}/pods/pod_def456/stop`]: doc.STOPPED,
  [`PUT ${P}/pods/pod_def456`]: doc.UPDATED,
  [`DELETE ${P}/pods/pod_def456`]: doc.DELETED,
  [`GET ${P}/machines`]: doc.MACHINES,
  [`GET ${P}/ssh-keys`]: account.SSH_KEYS,
  [`POST ${P}/ssh-keys`]: answer(201, account.SSH_KEY_ADDED),
  [`DELETE ${P}/ssh-keys/key_def456`]: account.SSH_KEY_DELETED,
  [`GET ${P}/templates`]: account.TEMPLATES,
  [`POST ${P}/templates`]: answer(201, account.TEMPLATE_CREATED),
  [`GET ${P}/templates/tpl_sdxl_02`]: account.TEMPLATE_DETAIL,
  [`PUT ${P}/templates/tpl_sdxl_02`]: account.TEMPLATE_UPDATED,
  [`DELETE ${P}/templates/tpl_sdxl_02`]: account.TEMPLATE_DELETED,
  [`GET ${P}/fine-tuning`]: doc.JOBS,
  [`POST ${P}/fine-tuning`]: answer(201, doc.JOB_CREATED),
  [`GET ${P}/fine-tuning/clxyz456`]: doc.JOB_DETAIL,
  [`DELETE ${P}/fine-tuning/clxyz456`]: doc.JOB_CANCELLED,
  [`GET ${P}/docker-credentials`]: account.CREDENTIALS,
  [`POST ${P}/docker-credentials`]: answer(201, account.CREDENTIAL_ADDED),
  [`GET ${P}/docker-credentials/cred_abc123`]: account.CREDENTIAL_DETAIL,
  [`DELETE ${P}/docker-credentials/cred_def456`]: account.CREDENTIAL_DELETED,
  [`GET ${P}/api-keys`]: account.API_KEYS,
  [`POST ${P}/api-keys`]: answer(201, account.API_KEY_CREATED),
  [`DELETE ${P}/api-keys`]: account.API_KEY_REVOKED,
};

let served: Awaited<ReturnType<typeof servedVolt>>;
type Volt = typeof served.volt;
beforeAll(async () => {
  served = await servedVolt(replies);
});
afterAll(() => served.close());

/** Runs one operation and returns the requests it made, as `METHOD path body`. */
async function wireOf(run: (volt: Volt) => Promise<unknown>): Promise<string[]> {
  served.heard.length = 0;
  await run(served.volt);
  return served.heard.map(({ line, body }) => (body === '' ? line : `${line} ${body}`));
}

const READS: [string, (volt: Volt) => Promise<unknown>, string][] = [
  ['pods.list', (v) => v.pods.list(io()), `GET ${P}/pods`],
  ['pods.get', (v) => v.pods.get(io(), 'pod_def456'), `GET ${P}/pods/pod_def456`],
  ['machines.list', (v) => v.machines.list(io()), `GET ${P}/machines`],
  ['sshKeys.list', (v) => v.sshKeys!.list(io()), `GET ${P}/ssh-keys`],
  ['templates.list', (v) => v.templates!.list(io()), `GET ${P}/templates`],
  ['templates.get', (v) => v.templates!.get(io(), 'tpl_sdxl_02'), `GET ${P}/templates/tpl_sdxl_02`],
  ['jobs.list', (v) => v.jobs!.list(io()), `GET ${P}/fine-tuning`],
  ['jobs.get', (v) => v.jobs!.get(io(), 'clxyz456'), `GET ${P}/fine-tuning/clxyz456`],
  ['dockerCredentials.list', (v) => v.dockerCredentials!.list(io()), `GET ${P}/docker-credentials`],
  [
    'dockerCredentials.get',
    (v) => v.dockerCredentials!.get(io(), 'cred_abc123'),
    `GET ${P}/docker-credentials/cred_abc123`,
  ],
  ['apiKeys.list', (v) => v.apiKeys!.list(io()), `GET ${P}/api-keys`],
];

const order = (body: Record<string, unknown>) => ({
  body,
  summary: '',
  what: 'x',
  worst: 'x',
  cost: { usd_per_hour: 1, usd_upfront: 100, usd_upfront_max: 100, basis: '', quoted_at: '' },
  effects: [],
  consequences: [],
});

const WRITES: [string, (volt: Volt, w: Io) => Promise<unknown>, string][] = [
  [
    'pods.create',
    (v, w) => v.pods.create(w, order({ name: 'a', x: 2.4 })),
    `POST ${P}/pods {"name":"a","x":2.4}`,
  ],
  ['pods.start', (v, w) => v.pods.start(w, 'pod_def456'), `POST ${P}/pods/pod_def456/start`],
  ['pods.stop', (v, w) => v.pods.stop(w, 'pod_def456'), `POST ${P}/pods/pod_def456/stop`],
  [
    'pods.update',
    (v, w) =>
      v.pods.update!(w, 'pod_def456', {
        ssh_key_ids: ['key_abc123', 'key_def456'],
        name: 'training-run-v2',
      }),
    `PUT ${P}/pods/pod_def456 {"name":"training-run-v2","ssh_key_ids":["key_abc123","key_def456"]}`,
  ],
  [
    'pods.update of the volume',
    (v, w) => v.pods.update!(w, 'pod_def456', { volume_gb: 80 }),
    `PUT ${P}/pods/pod_def456 {"volume_size_gb":80}`,
  ],
  [
    'pods.update to no key at all',
    (v, w) => v.pods.update!(w, 'pod_def456', { ssh_key_ids: [] }),
    `PUT ${P}/pods/pod_def456 {"ssh_key_ids":[]}`,
  ],
  ['pods.delete', (v, w) => v.pods.delete(w, 'pod_def456'), `DELETE ${P}/pods/pod_def456`],
  [
    'sshKeys.add',
    (v, w) =>
      v.sshKeys!.add(w, { public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG...', name: 'ci-server' }),
    `POST ${P}/ssh-keys {"name":"ci-server","public_key":"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG..."}`,
  ],
  ['sshKeys.delete', (v, w) => v.sshKeys!.delete(w, 'key_def456'), `DELETE ${P}/ssh-keys/key_def456`],
  [
    'templates.create',
    (v, w) => v.templates!.create(w, jsonOf.templateInput),
    `POST ${P}/templates ${jsonOf.template}`,
  ],
  [
    'templates.update',
    (v, w) => v.templates!.update(w, 'tpl_sdxl_02', jsonOf.templateChange),
    `PUT ${P}/templates/tpl_sdxl_02 ${jsonOf.templateUpdate}`,
  ],
  ['templates.delete', (v, w) => v.templates!.delete(w, 'tpl_sdxl_02'), `DELETE ${P}/templates/tpl_sdxl_02`],
  ['jobs.submit', (v, w) => v.jobs!.submit(w, order({ name: 'j' })), `POST ${P}/fine-tuning {"name":"j"}`],
  ['jobs.cancel', (v, w) => v.jobs!.cancel(w, 'clxyz456'), `DELETE ${P}/fine-tuning/clxyz456`],
  [
    'dockerCredentials.add',
    (v, w) => v.dockerCredentials!.add(w, jsonOf.credentialInput),
    `POST ${P}/docker-credentials ${jsonOf.credential}`,
  ],
  [
    'dockerCredentials.delete',
    (v, w) => v.dockerCredentials!.delete(w, 'cred_def456'),
    `DELETE ${P}/docker-credentials/cred_def456`,
  ],
  [
    'apiKeys.create',
    (v, w) => v.apiKeys!.create(w, { name: 'CI/CD Pipeline' }),
    `POST ${P}/api-keys {"name":"CI/CD Pipeline"}`,
  ],
  ['apiKeys.revoke', (v, w) => v.apiKeys!.revoke(w, 'ak_002'), `DELETE ${P}/api-keys {"key_id":"ak_002"}`],
];

describe('the endpoints', () => {
  it('are the 27 documented ones; only what GET reads may be repeated', () => {
    const all = Object.values(ENDPOINTS);
    expect(new Set(all.map(({ method, path }) => `${method} ${path}`)).size).toBe(27);
    for (const { method, repeatable } of all) expect(repeatable).toBe(method === 'GET');
  });
});

describe('the wire of every operation', () => {
  it.each([...READS, ...WRITES])('%s', async (_name, run, line) => {
    expect(await wireOf((volt) => run(volt, io()))).toEqual([line]);
    const [request] = served.heard;
    expect(request).toMatchObject({ key: KEY, authorization: undefined });
    expect(request?.type).toBe(request?.body === '' ? undefined : 'application/json');
  });

  it.each([...WRITES])('%s sends nothing without a permit', async (_name, run) => {
    served.heard.length = 0;
    await expect(run(served.volt, io({ permit: undefined }))).rejects.toMatchObject({ code: 'forbidden' });
    expect(served.heard).toEqual([]);
  });

  it.each(['../api-keys', 'a/stop', '%2e%2e', 'x?y', '#1', '', '.', '..'])(
    'refuses the id %j before any request',
    async (id) => {
      served.heard.length = 0;
      const { volt } = served;
      const all = [
        volt.pods.get(io(), id),
        volt.pods.start(io(), id),
        volt.pods.delete(io(), id),
        volt.sshKeys!.delete(io(), id),
        volt.templates!.get(io(), id),
        volt.jobs!.cancel(io(), id),
        volt.dockerCredentials!.get(io(), id),
      ];
      for (const result of await Promise.allSettled(all)) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'invalid_input' } });
      }
      expect(served.heard).toEqual([]);
    },
  );
});
