import type { ToolContext } from '../core/context.ts';
import { gather } from '../core/list.ts';
import type { Pod } from '../core/model.ts';
import { byCostNow, POD_LIST_ROW, readPodInFull, withLeases, withRates } from '../core/pods-shown.ts';
import { rowsOf } from '../core/shown.ts';
import type { Resource, ResourceFamily } from './resource.ts';

const always = () => true;
const read = (ctx: ToolContext) => gather<Pod>(ctx, undefined, always, (cloud) => cloud.pods.list(ctx.io));

/** All live pods of all clouds. */
export const podsResource: Resource = {
  uri: 'gpu://pods',
  name: 'pods',
  title: 'Pods',
  description: 'All live pods with state and price.',
  needs: always,
  tool: 'list_pods',
  follows: ['pod'],
  read: async (ctx) => {
    const { rows: read, errors } = await gather(ctx, undefined, always, async (cloud) =>
      withRates(cloud, ctx.io, await cloud.pods.list(ctx.io)),
    );
    const rows = (await withLeases(read, ctx)).sort(byCostNow);
    return { pods: rowsOf(rows, POD_LIST_ROW), total: rows.length, ...(errors.length > 0 && { errors }) };
  },
};

/** One pod. */
export const podFamily: ResourceFamily = {
  uriTemplate: () => 'gpu://{cloud}/pod/{id}',
  kind: 'pod',
  name: 'pod',
  title: 'Pod',
  description: 'One pod in full: state, price, address.',
  needs: always,
  tool: 'get_pod',
  read: async (ctx, cloud, id) => ({ pod: await readPodInFull(ctx, cloud, id) }),
  list: async (ctx) =>
    (await read(ctx)).rows.map((pod) => ({
      ref: pod.ref,
      name: pod.name ?? pod.id,
      description: `${pod.state}, ${pod.gpu_count ?? '?'} x ${pod.gpu_model ?? 'GPU'} on ${pod.cloud}`,
    })),
};
