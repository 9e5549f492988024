import * as z from 'zod';
import { resolve } from '../../core/context.ts';
import { POD_STATES } from '../../core/model.ts';
import {
  byCostNow,
  LEASE_REMINDS,
  POD_LIST_ROW,
  podInFullSchema,
  podRowSchema,
  readPodInFull,
  withLeases,
  withRates,
} from '../../core/pods-shown.ts';
import { usd } from '../../core/text.ts';
import { cloudField, pageFields, refField } from '../fields.ts';
import { listTool } from '../list.ts';
import { defineTool } from '../tool.ts';
import { diskOf, gpusOf, podText, stateOf } from './pod.ts';

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
