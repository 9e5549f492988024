import * as z from 'zod';
import { endpoint, json } from '../endpoint.ts';
import type { World } from '../world.ts';
import { createPod, createPodBody } from './create-pod.ts';
import { need, wrongState } from './fail.ts';
import { movePod, removePod } from './life.ts';
import { podDetail, podListItem, podStatus } from './pod-json.ts';
import type { VoltPod } from './state.ts';

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
