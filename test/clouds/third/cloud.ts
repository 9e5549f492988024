import * as z from 'zod';
import type { CloudAccess } from '../../../src/clouds/index.ts';
import { read, write } from '../../../src/clouds/shared.ts';
import type { ActionReply, Cloud, Io } from '../../../src/core/cloud.ts';
import { GpuError } from '../../../src/core/errors.ts';
import type { Machine, Pod, SshKey } from '../../../src/core/model.ts';
import { formatRef } from '../../../src/core/ref.ts';
import type { CreatePodRequest } from '../../../src/core/requests.ts';
import type { Endpoint, RestDeps } from '../../../src/outbound/send.ts';
import { createStack } from '../../../src/outbound/stack.ts';
import { acme } from './manifest.ts';

const productWire = z.object({ sku: z.string(), gpu: z.string(), usd_hour: z.number(), free: z.number() });
const podWire = z.object({
  id: z.string(),
  label: z.string(),
  status: z.enum(['booting', 'up', 'halted']),
  usd_hour: z.number(),
  ip: z.string().nullable(),
});
const keyWire = z.object({ id: z.string(), label: z.string(), public: z.string() });
const done = z.object({ ok: z.literal(true) });

const ENDPOINTS = {
  products: read('/products', z.array(productWire)),
  pods: read('/pods', z.array(podWire)),
  pod: read('/pods/:id', podWire),
  create: write('POST', '/pods', podWire),
  start: write('POST', '/pods/:id/start', done),
  stop: write('POST', '/pods/:id/stop', done),
  delete: write('DELETE', '/pods/:id', done),
  keys: read('/keys', z.array(keyWire)),
  addKey: write('POST', '/keys', keyWire),
  deleteKey: write('DELETE', '/keys/:id', done),
};

const STATES = { booting: 'provisioning', up: 'running', halted: 'stopped' } as const;
const reply: ActionReply = { message: null, raw_state: null, notes: [] };

const toMachine = (row: z.infer<typeof productWire>, quoted_at_utc: string): Machine => ({
  ref: formatRef('acme', 'machine', row.sku),
  cloud: 'acme',
  id: row.sku,
  order_key: { sku: row.sku },
  provider: null,
  region: null,
  data_center_id: null,
  gpu_model: row.gpu,
  gpu_family: null,
  gpu_count_total: 1,
  gpu_count_available: row.free,
  stock_instances: row.free,
  is_available: row.free > 0,
  gpu_memory_gb: null,
  cpu_cores: null,
  memory_gb: null,
  root_disk_gb: null,
  ephemeral_disk_gb: null,
  spec_scope: 'instance',
  price_per_gpu_hour_usd: row.usd_hour,
  price_per_instance_hour_usd: row.usd_hour,
  price_basis: 'instance',
  sold_by: 'instance',
  confidential: null,
  is_spot: null,
  quoted_at_utc,
  warnings: [],
});

const toPod = (row: z.infer<typeof podWire>): Pod => ({
  ref: formatRef('acme', 'pod', row.id),
  cloud: 'acme',
  id: row.id,
  name: row.label,
  state: STATES[row.status],
  raw_state: row.status,
  provider: null,
  machine_kind: null,
  gpu_model: null,
  gpu_count: 1,
  cpu_cores: null,
  memory_gb: null,
  root_disk_gb: null,
  ephemeral_disk_gb: null,
  image: null,
  hourly_cost_usd: row.status === 'halted' ? 0 : row.usd_hour,
  total_cost_usd: null,
  uptime_hours: null,
  public_ip: row.ip,
  private_ip: null,
  ssh_port: row.ip === null ? null : 22,
  ssh_user: null,
  ssh_command: null,
  ssh_key_ids: null,
  login_method: null,
  has_password: null,
  region: null,
  confidential: null,
  attestation: null,
  created_at_utc: null,
  started_at_utc: null,
  started_at_raw: null,
  warnings: [],
});

const toKey = (row: z.infer<typeof keyWire>): SshKey => ({
  ref: formatRef('acme', 'ssh_key', row.id),
  cloud: 'acme',
  id: row.id,
  name: row.label,
  public_key: row.public,
  fingerprint_sha256: null,
  fingerprint_derived: false,
  created_at_utc: null,
});

/** The cloud over the project's own outbound stack. */
export function createAcme({ key, urls }: CloudAccess, deps: RestDeps): Cloud {
  const { request, budget, close } = createStack({
    cloud: 'acme',
    title: acme.title,
    bases: { api: urls.api ?? '' },
    key,
    keyForms: acme.key_forms,
    authorize: (secret) => ({ 'X-Acme-Key': secret }),
    explain: () => null,
    isOwnError: ({ body }) => typeof body === 'object' && body !== null && 'problem' in body,
    hourlyBudget: null,
    deps,
  });
  const act = async (endpoint: Endpoint<unknown>, io: Io, id: string) => {
    await request(endpoint, io, { params: { id } });
    return reply;
  };
  const machines = async (io: Io) =>
    (await request(ENDPOINTS.products, io)).map((row) => toMachine(row, new Date(deps.now()).toISOString()));
  const order = async (io: Io, { name, machine_id, volume_gb }: CreatePodRequest) => {
    const machine = (await machines(io)).find(({ id }) => id === machine_id);
    if (machine === undefined)
      throw new GpuError('invalid_input', 'machine: Acme offers no such product.', {
        hint: 'See list_machines.',
      });
    return {
      body: { sku: machine.id, label: name, ...(volume_gb !== null && { disk_gb: volume_gb }) },
      summary: `1 x ${machine.gpu_model} (Acme)`,
      what: `1 x ${machine.gpu_model}`,
      worst: 'Billing goes on until you stop or delete it.',
      cost: {
        usd_per_hour: machine.price_per_instance_hour_usd,
        usd_upfront: null,
        usd_upfront_max: null,
        basis: `${machine.price_per_instance_hour_usd} USD per instance and hour, read now`,
        quoted_at: machine.quoted_at_utc,
      },
      effects: [`Rents 1 x ${machine.gpu_model}.`],
      consequences: ['Billing runs until the pod is stopped or deleted.'],
    };
  };
  return {
    id: 'acme',
    title: acme.title,
    budget,
    close,
    machines: { list: machines },
    pods: {
      list: async (io) => (await request(ENDPOINTS.pods, io)).map(toPod),
      get: async (io, id) => toPod(await request(ENDPOINTS.pod, io, { params: { id } })),
      rates: async (_io, pods) =>
        pods.map(({ ref, hourly_cost_usd: usd }) => ({
          ref,
          usd_per_hour: usd,
          usd_per_hour_max: usd,
          note: null,
        })),
      prepareCreate: order,
      create: async (io, { body }) => toPod(await request(ENDPOINTS.create, io, { body })),
      start: (io, id) => act(ENDPOINTS.start, io, id),
      stop: (io, id) => act(ENDPOINTS.stop, io, id),
      delete: (io, id) => act(ENDPOINTS.delete, io, id),
      notes: {
        start: [],
        stop: ['Stopping ends billing.'],
        restart: [],
        update: {},
        delete: ['The disk is gone for good.'],
        data: { stop: 'kept', delete: 'lost' },
        worst: { start: 'It costs again.', stop: 'Processes end.', restart: '', delete: 'The disk is gone.' },
        stop_ends_billing: true,
      },
      has_volumes: true,
    },
    sshKeys: {
      list: async (io) => (await request(ENDPOINTS.keys, io)).map(toKey),
      add: async (io, { name, public_key }) =>
        toKey(await request(ENDPOINTS.addKey, io, { body: { label: name, public: public_key } })),
      delete: (io, id) => act(ENDPOINTS.deleteKey, io, id),
      notes: { add: [], delete: [] },
    },
  };
}
