import * as z from 'zod';
import type { Cloud } from '../../core/cloud.ts';
import { resolve } from '../../core/context.ts';
import { POD_STATES, type Pod } from '../../core/model.ts';
import {
  byCostNow,
  LEASE_REMINDS,
  POD_LIST_ROW,
  type PodInFull,
  podInFullSchema,
  podRowSchema,
  readPodInFull,
  withLeases,
  withRates,
} from '../../core/pods-shown.ts';
import { formatRef } from '../../core/ref.ts';
import { facts, quote, usd } from '../../core/text.ts';
import { cloudField, pageFields, refField } from '../fields.ts';
import { listTool } from '../list.ts';
import type { Readers } from '../reconcile.ts';
import { defineTool } from '../tool.ts';

/** The GPUs of a pod in a few words. */
const gpusOf = (pod: Pod): string | null =>
  pod.gpu_model === null ? null : `${pod.gpu_count ?? '?'} x ${pod.gpu_model}`;

/** The state of a pod, with the cloud's own word if it is not a known one. */
export const stateOf = (pod: Pod): string =>
  pod.state === 'unknown' ? `unknown (${pod.raw_state ?? '?'})` : pod.state;

/** Root disk and ephemeral disk, GB. */
export const diskOf = (root: number | null, ephemeral: number | null): string | number | null =>
  ephemeral === null ? root : `${root ?? '?'} + ${ephemeral}`;

/** The login of a pod: its ssh command, else its known address and user. */
const loginOf = (pod: Pod): (readonly [string, string | number | null])[] =>
  pod.ssh_command !== null
    ? [['ssh', pod.ssh_command]]
    : [
        ['ip', pod.public_ip],
        ['ssh port', pod.ssh_port],
        ['ssh user', pod.ssh_user],
      ];

const keysOf = ({ cloud, ssh_key_ids: ids }: Pod): string | null =>
  ids === null ? null : ids.map((id) => formatRef(cloud, 'ssh_key', id)).join(', ');

/** The message of an action and the pod in lines; its ref only if the message does not name it. */
export const withPod = (message: string, pod: Pod | undefined): string =>
  pod === undefined ? message : `${message}\n${podText(pod, undefined, message.includes(pod.ref))}`;

/** A pod as lines for the model: what it is, what it costs, how to reach it. */
function podText(pod: Pod, more?: Omit<PodInFull, keyof Pod>, isNamed = false): string {
  const known = facts([
    ['pod', isNamed ? null : pod.ref],
    ['name', pod.name === null ? null : quote(pod.name)],
    ['state', stateOf(pod)],
    ['gpu', gpusOf(pod)],
    ['usd_per_hour', pod.hourly_cost_usd === null ? null : usd(pod.hourly_cost_usd)],
    ['cost so far', pod.total_cost_usd === null ? null : `$${usd(pod.total_cost_usd)}`],
    ['up', pod.uptime_hours === null ? null : `${pod.uptime_hours} h`],
    ...loginOf(pod),
    ['private ip', pod.private_ip],
    ['ssh keys', more?.ssh_keys?.join(', ') ?? keysOf(pod)],
    ['ports of its template', more?.ports?.join(', ')],
    ['lease ends', more?.lease_ends_at],
    ['login', pod.login_method],
    ['CPUs', pod.cpu_cores],
    ['RAM GB', pod.memory_gb],
    ['disk GB', diskOf(pod.root_disk_gb, pod.ephemeral_disk_gb)],
    ['image', pod.image],
    ['kind', [pod.provider, pod.machine_kind].filter(Boolean).join(' ')],
    ['region', pod.region],
    ['confidential', pod.confidential === true ? (pod.attestation ?? 'yes') : null],
    ['created', pod.created_at_utc],
    ['started', pod.started_at_utc ?? pod.started_at_raw],
  ]);
  return [known, ...pod.warnings.map((warning) => `! ${warning}`)].join('\n');
}

/** Readers of a pod, to know whether it still exists. */
export const podReaders = ({ pods }: Cloud, id: string): Readers<Pod> => ({
  get: (io, listed) => pods.get(io, id, listed),
  list: (io) => pods.list(io),
  isGone: ({ state }) => state === 'deleted',
});

/** Live (or deleted) pods of all clouds. */
export const listPods = listTool({
  name: 'list_pods',
  title: 'List pods',
  description:
    'List your pods (rented machines), most expensive first, with state and $/h now. One in full: get_pod.',
  toolset: 'pods',
  always_load: true,
  plural: 'pods',
  noun: 'pod',
  row: podRowSchema,
  input: z.strictObject({
    cloud: cloudField,
    state: z.enum(POD_STATES).optional(),
    deleted: z.boolean().default(false).describe('true: deleted ones instead[nebula: (Nebula only)]'),
    ...pageFields,
  }),
  only: { deleted: ({ pods }) => pods.listDeleted !== undefined },
  able: ({ pods }, { deleted }) => !deleted || pods.listDeleted !== undefined,
  read: async (cloud, io, { deleted }) =>
    withRates(cloud, io, await (deleted ? cloud.pods.listDeleted?.(io) : cloud.pods.list(io))),
  complete: withLeases,
  fits: (input) => (pod) => input.state === undefined || pod.state === input.state,
  order: byCostNow,
  columns: {
    pod: ({ ref }) => ref,
    name: ({ name }) => name,
    state: stateOf,
    gpu: gpusOf,
    '$/h now': ({ usd_per_hour_now: price }) => (price === null ? null : usd(price)),
    ip: ({ public_ip }) => public_ip,
    'lease ends': ({ lease_ends_at: end, warnings }) =>
      end !== null && warnings.includes(LEASE_REMINDS) ? `${end} (reminder)` : end,
  },
  wide: {
    CPUs: ({ cpu_cores }) => cpu_cores,
    'RAM GB': ({ memory_gb }) => memory_gb,
    'disk GB': ({ root_disk_gb, ephemeral_disk_gb }) => diskOf(root_disk_gb, ephemeral_disk_gb),
    region: ({ region }) => region,
  },
  fields: POD_LIST_ROW,
  offered: { state: ({ state }) => state },
  empty: 'No pods.',
});

/** One pod in full. */
export const getPod = defineTool({
  name: 'get_pod',
  title: 'Show a pod',
  description: 'Show one pod in full: price, cost so far, login, keys, ports, lease.',
  toolset: 'pods',
  effect: 'read',
  input: z.strictObject({ pod: refField('pod').describe('pod ref') }),
  output: z.object({ pod: podInFullSchema }),
  async run(input, ctx) {
    const { at, id } = resolve(ctx, input.pod, 'pod');
    return { pod: await readPodInFull(ctx, at, id) };
  },
  text: ({ pod }) => podText(pod, pod),
});
