import * as z from 'zod';
import { DEFAULT_VOLUME_GB, TARGON_RESOURCES, VOLT_CODES } from '../constants.ts';
import { endpoint, invalid, json, Refusal } from '../endpoint.ts';
import { roundUsd } from '../ledger.ts';
import type { World } from '../world.ts';
import { podCreated, podDetail, podListItem, podStatus, sshFields } from './pod-json.ts';
import { addVoltPod, movePod, removePod } from './pod-life.ts';
import { need, noFunds, wrongState } from './reply.ts';
import type { VoltMachine, VoltPod } from './state.ts';

const image = z.string().regex(/^[^\s]+$/, 'must be a Docker image reference');
const name = z.string().min(1);

const liumBody = z.strictObject({
  provider: z.literal('lium'),
  machine_id: z.string().min(1),
  name,
  template_id: z.string().min(1),
  ssh_key_ids: z.array(z.string()).default([]),
  gpu_count: z.int().min(1).default(1),
  volume_size_gb: z.int().min(1).default(DEFAULT_VOLUME_GB),
});

const targonBody = z.strictObject({
  provider: z.literal('targon'),
  name,
  resource_name: z.literal(Object.keys(TARGON_RESOURCES)),
  image,
  cost_per_hour: z.number().positive(),
});

/** Body of POST /pods: Lium unless `provider` is "targon" (Volt API Reference, Pods). Which fields are required is our reading of the examples. */
const createPodBody = z.preprocess(
  (value) => {
    const isLium =
      typeof value === 'object' && value !== null && !Array.isArray(value) && !('provider' in value);
    return isLium ? { provider: 'lium', ...value } : value;
  },
  z.discriminatedUnion('provider', [liumBody, targonBody]),
);

type CreatePod = z.output<typeof createPodBody>;

/** Creates a pod and renders the 201 reply. Throws 400, 402 or 404. */
function createPod(world: World, body: CreatePod, appearAfter: number): Record<string, unknown> {
  const pod =
    body.provider === 'targon'
      ? createTargon(world, body, appearAfter)
      : createLium(world, body, appearAfter);
  if (!world.drift.volt_create_wrapped) return podCreated(world, pod);
  const { ssh_command } = sshFields(pod);
  const wrapped = {
    id: pod.id,
    targonUid: pod.id.replace('pod_', 'wrk-'),
    ssh_command,
    status: podStatus(world, pod),
  };
  return { success: true, pod: wrapped };
}

function createLium(world: World, body: z.output<typeof liumBody>, appear_after: number): VoltPod {
  const machine = need(world.volt.machines, 'machine_id', body.machine_id);
  if (machine.provider !== 'lium')
    throw invalid(`machine_id "${machine.id}" is a Targon machine; create it with provider "targon".`);
  const template = need(world.volt.templates, 'template_id', body.template_id);
  for (const id of body.ssh_key_ids) need(world.volt.ssh_keys, 'ssh_key_ids', id);
  if (body.volume_size_gb > machine.storage_gb)
    throw invalid(`volume_size_gb may be at most ${machine.storage_gb} on "${machine.id}".`);
  if (body.gpu_count > machine.available_gpus)
    throw noCapacity(
      `Machine "${machine.id}" has ${machine.available_gpus} GPUs available, ${body.gpu_count} requested.`,
    );
  const cost_per_hour = machine.cost_per_gpu_hour * body.gpu_count;
  payable(world, cost_per_hour);
  return addVoltPod(world, machine, {
    name: body.name,
    gpu_count: body.gpu_count,
    cost_per_hour,
    image: template.image,
    template_id: template.id,
    volume_size_gb: body.volume_size_gb,
    ssh_keys: [...body.ssh_key_ids],
    appear_after,
  });
}

function createTargon(world: World, body: z.output<typeof targonBody>, appear_after: number): VoltPod {
  const resource = TARGON_RESOURCES[body.resource_name];
  if (resource === undefined) throw invalid(`Unknown resource_name "${body.resource_name}".`);
  const { gpu_type, gpu_count } = resource;
  const free = world.volt.machines.filter(
    (row) => row.provider === 'targon' && row.gpu_type === gpu_type && row.available_gpus >= gpu_count,
  );
  const cheapest = free.toSorted((a, b) => a.cost_per_gpu_hour - b.cost_per_gpu_hour)[0];
  if (cheapest === undefined) throw noCapacity(`No "${body.resource_name}" available.`);
  const price = (row: VoltMachine) => roundUsd(row.cost_per_gpu_hour * gpu_count, 4);
  const accepts = (usd: number) => Math.abs(usd - body.cost_per_hour) < 0.005;
  // The row lists a price per GPU; whether that or the price of the whole resource is meant is not documented.
  const machine = free.find((row) => accepts(row.cost_per_gpu_hour) || accepts(price(row)));
  if (machine === undefined && !world.drift.volt_targon_any_price) {
    const message = `cost_per_hour ${body.cost_per_hour} is not the current price of "${body.resource_name}": ${price(cheapest)}.`;
    throw new Refusal(400, VOLT_CODES.price, message);
  }
  const cost_per_hour = machine === undefined ? body.cost_per_hour : price(machine);
  payable(world, cost_per_hour);
  return addVoltPod(world, machine ?? cheapest, {
    name: body.name,
    gpu_count,
    cost_per_hour,
    image: body.image,
    resource_name: body.resource_name,
    appear_after,
  });
}

const noCapacity = (message: string) => new Refusal(400, VOLT_CODES.capacity, message);

function payable(world: World, firstHour: number): void {
  if (world.ledger.balance('volt') < firstHour) throw noFunds(firstHour);
}

const updateBody = z
  .strictObject({
    name: z.string().min(1).optional(),
    ssh_key_ids: z.array(z.string()).optional(),
    volume_size_gb: z.int().min(1).optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'at least one field is required');

const podOf = (world: World, id: string | undefined): VoltPod => need(world.volt.pods, 'Pod', id ?? '');

/** Pods API (Volt API Reference, Pods). */
export const podEndpoints = [
  endpoint({
    method: 'GET',
    path: '/pods',
    run({ world }) {
      const now = world.clock.now();
      const pods = world.volt.pods
        .filter((pod) => pod.visible_ms <= now)
        .map((pod) => podListItem(world, pod));
      return json(200, { pods, total: pods.length });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/pods',
    body: createPodBody,
    run: ({ world, body, appearAfter }) => json(201, createPod(world, body, appearAfter)),
  }),
  endpoint({
    method: 'GET',
    path: '/pods/:id',
    run: ({ world, params }) => json(200, podDetail(world, podOf(world, params.id))),
  }),
  endpoint({
    method: 'POST',
    path: '/pods/:id/start',
    run({ world, params }) {
      const pod = podOf(world, params.id);
      if (pod.phase.raw !== 'stopped') throw wrongState(`Pod cannot be started while ${pod.phase.raw}.`);
      movePod(world, pod, 'starting', world.clock.now());
      const message = 'Pod is starting. This typically takes 15-30 seconds.';
      return json(200, { id: pod.id, status: podStatus(world, pod), message });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/pods/:id/stop',
    run({ world, params }) {
      const pod = podOf(world, params.id);
      if (pod.phase.raw !== 'running') throw wrongState(`Pod cannot be stopped while ${pod.phase.raw}.`);
      movePod(world, pod, 'stopping', world.clock.now());
      const message = 'Pod is stopping. Data on /root volume is preserved.';
      const refund = world.drift.volt_stop_refund ? { prepaidRefund: 0 } : {};
      return json(200, { id: pod.id, status: podStatus(world, pod), message, ...refund });
    },
  }),
  endpoint({
    method: 'PUT',
    path: '/pods/:id',
    body: updateBody,
    run({ world, params, body }) {
      const pod = podOf(world, params.id);
      for (const id of body.ssh_key_ids ?? []) need(world.volt.ssh_keys, 'SSH key', id);
      if (body.volume_size_gb !== undefined && pod.phase.raw !== 'stopped')
        throw wrongState('Pod must be stopped to change hardware settings.');
      pod.name = body.name ?? pod.name;
      pod.ssh_keys = body.ssh_key_ids ?? pod.ssh_keys;
      pod.volume_size_gb = body.volume_size_gb ?? pod.volume_size_gb;
      const { id, name, ssh_keys } = pod;
      return json(200, {
        id,
        name,
        status: podStatus(world, pod),
        ssh_keys,
        message: 'Pod updated successfully.',
      });
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/pods/:id',
    run({ world, params }) {
      const pod = podOf(world, params.id);
      removePod(world, pod, world.clock.now());
      const status = world.drift.volt_upper_case ? 'DELETED' : 'deleted';
      return json(200, {
        id: pod.id,
        status,
        message: 'Pod and all associated resources have been deleted.',
      });
    },
  }),
  endpoint({
    method: 'GET',
    path: '/machines',
    run({ world }) {
      const machines = world.volt.machines.map(({ provider, ...row }) => ({
        ...row,
        provider,
        ...(provider === 'targon' ? { confidential: true } : {}),
        ...(world.canary === null ? {} : { description: world.canary }),
      }));
      return json(200, { machines, total: machines.length });
    },
  }),
];
