import * as z from 'zod';
import { resolve } from '../core/context.ts';
import { POD_STATES, type Pod, podSchema } from '../core/model.ts';
import { facts } from '../core/table.ts';
import { quote, usd } from '../core/text.ts';
import { cloudField, pageFields, refField } from './fields.ts';
import { listTool } from './list.ts';
import { defineTool } from './tool.ts';

const gpus = (pod: Pod): string | null =>
  pod.gpu_model === null ? null : `${pod.gpu_count ?? '?'} x ${pod.gpu_model}`;

const state = (pod: Pod): string =>
  pod.state === 'unknown' ? `unknown (${pod.raw_state ?? '?'})` : pod.state;

/** A pod as lines for the model: what it is, what it costs, how to reach it. */
export function podText(pod: Pod): string {
  const known = facts([
    ['pod', pod.ref],
    ['name', pod.name === null ? null : quote(pod.name)],
    ['state', state(pod)],
    ['gpu', gpus(pod)],
    ['usd_per_hour', pod.hourly_cost_usd === null ? null : usd(pod.hourly_cost_usd)],
    ['cost so far', pod.total_cost_usd === null ? null : `$${usd(pod.total_cost_usd)}`],
    ['up', pod.uptime_hours === null ? null : `${pod.uptime_hours} h`],
    ['ssh', pod.ssh_command],
    ['ip', pod.ssh_command === null ? pod.public_ip : null],
    ['image', pod.image],
    ['region', pod.region],
    ['confidential', pod.confidential === true ? (pod.attestation ?? 'yes') : null],
    ['created', pod.created_at_utc],
  ]);
  return [known, ...pod.warnings.map((warning) => `! ${warning}`)].join('\n');
}

/** Live (or deleted) pods of all clouds. */
export const listPods = listTool({
  name: 'list_pods',
  title: 'List pods',
  description:
    'List your pods (rented machines) with state and price. For one pod use get_pod; for costs get_spend; to wait for a state wait_for.',
  toolset: 'pods',
  plural: 'pods',
  noun: 'pod',
  row: podSchema,
  input: z.strictObject({
    cloud: cloudField,
    state: z.enum(POD_STATES).optional(),
    deleted: z.boolean().default(false).describe('true: deleted ones instead[nebula: (Nebula only)]'),
    ...pageFields,
  }),
  only: { deleted: ({ pods }) => pods.listDeleted !== undefined },
  endpoints: ['GET volt /pods', 'GET nebula /computing/instances', 'GET nebula /computing/deleted-instances'],
  able: ({ pods }, { deleted }) => !deleted || pods.listDeleted !== undefined,
  read: ({ pods }, io, { deleted }) => (deleted ? pods.listDeleted?.(io) : pods.list(io)),
  fits: (input) => (pod) => input.state === undefined || pod.state === input.state,
  columns: {
    pod: ({ ref }) => ref,
    name: ({ name }) => name,
    state,
    gpu: gpus,
    '$/h': ({ hourly_cost_usd }) => (hourly_cost_usd === null ? null : usd(hourly_cost_usd)),
    ip: ({ public_ip }) => public_ip,
  },
  wide: {
    CPUs: ({ cpu_cores }) => cpu_cores,
    'RAM GB': ({ memory_gb }) => memory_gb,
    'disk GB': ({ root_disk_gb, ephemeral_disk_gb: more }) =>
      more === null ? root_disk_gb : `${root_disk_gb ?? '?'} + ${more}`,
    region: ({ region }) => region,
  },
  empty: 'No pods.',
});

/** One pod in full. */
export const getPod = defineTool({
  name: 'get_pod',
  title: 'Show a pod',
  description: 'Show one pod in full: state, price, cost so far, address and ssh command.',
  toolset: 'pods',
  effect: 'read',
  input: z.strictObject({ pod: refField.describe('pod ref') }),
  output: z.object({ pod: podSchema }),
  endpoints: ['GET volt /pods/:id', 'GET nebula /computing/instance/:id', 'GET nebula /computing/instances'],
  async run(input, ctx) {
    const { at, id } = resolve(ctx, input.pod, 'pod');
    return { pod: await at.pods.get(ctx.io, id) };
  },
  text: ({ pod }) => podText(pod),
});
