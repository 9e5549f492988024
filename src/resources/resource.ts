import type { Cloud, Clouds } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { hasFeature, requireFeature } from '../core/features.ts';
import { type CloudError, fitting, gather, MAX_ROWS_CHARACTERS, newestFirst } from '../core/list.ts';
import type { WatchKind } from '../core/live.ts';
import type { Job, Machine, Pod } from '../core/model.ts';
import { byCostNow, POD_LIST_ROW, readPodInFull, withLeases, withRates } from '../core/pods-shown.ts';
import type { CloudId } from '../core/ref.ts';
import { JOB_ROW, MACHINE_ROW, type RowFields, rowsOf, shownTo } from '../core/shown.ts';
import { cutSpend } from '../core/spend-cut.ts';

/** The clouds and tools of a server: a resource exists only if a tool shows the same. */
export interface Offering {
  clouds: Clouds;
  tools: { has: (tool: string) => boolean };
}

/** A resource at a fixed URI. Its JSON uses the same models as the tools. */
export interface Resource {
  uri: string;
  name: string;
  title: string;
  description: string;
  needs: (cloud: Cloud) => boolean;
  /** The tool that shows the same: without it, e.g. by `--toolsets`, the resource does not exist. */
  tool: string;
  /** The resource changes if a thing of one of these kinds changes. */
  follows: readonly WatchKind[];
  read: (ctx: ToolContext) => Promise<object>;
}

/** A family of resources, one per thing of a kind: `gpu://<cloud>/<kind>/<id>`. */
export interface ResourceFamily {
  /** RFC 6570 template for the configured clouds that have such things. */
  uriTemplate: (clouds: readonly CloudId[]) => string;
  kind: 'pod' | 'job';
  name: string;
  title: string;
  description: string;
  needs: (cloud: Cloud) => boolean;
  /** See `Resource`. */
  tool: string;
  read: (ctx: ToolContext, cloud: Cloud, id: string) => Promise<object>;
  /** The live things of this kind, with a name for people. */
  list: (ctx: ToolContext) => Promise<{ ref: string; name: string; description: string }[]>;
}

const always = () => true;
const runsJobs = (cloud: Cloud): boolean => hasFeature(cloud, 'jobs');

const readPods = (ctx: ToolContext) =>
  gather<Pod>(ctx, undefined, always, (cloud) => cloud.pods.list(ctx.io));
const readJobs = (ctx: ToolContext) =>
  gather<Job>(ctx, undefined, runsJobs, async (cloud) => (await cloud.jobs?.list(ctx.io)) ?? []);

const sizeOf = (body: object): number => JSON.stringify(shownTo(body)).length;

/**
 * The JSON of a list: its first rows under their name, as many as one answer holds, the number of all, which clouds are
 * missing, and the tool that shows the rest.
 */
function listOf<T extends object>(
  name: string,
  rows: readonly T[],
  fields: RowFields<T>,
  errors: readonly CloudError[],
): object {
  const room = MAX_ROWS_CHARACTERS - sizeOf({ errors });
  const shown = fitting(rows, room, (part) => sizeOf({ [name]: rowsOf(part, fields) }));
  const more = rows.length - shown;
  // list_machines leaves out what cannot be rented now.
  const tool = name === 'machines' ? 'list_machines available_only=false' : `list_${name}`;
  return {
    [name]: rowsOf(rows.slice(0, shown), fields),
    total: rows.length,
    ...(errors.length > 0 && { errors }),
    ...(more > 0 && { next: `${more} more are not shown here: ${tool} shows all, page by page.` }),
  };
}

/** Machines that can be rented now first, then the cheapest GPU. */
const rentableFirst = (a: Machine, b: Machine): number =>
  Number(b.is_available) - Number(a.is_available) ||
  (a.price_per_gpu_hour_usd ?? Number.MAX_VALUE) - (b.price_per_gpu_hour_usd ?? Number.MAX_VALUE);

/** The resources at fixed URIs. */
export const RESOURCES: readonly Resource[] = [
  {
    uri: 'gpu://pods',
    name: 'pods',
    title: 'Pods',
    description: 'All live pods with state and price.',
    needs: always,
    tool: 'list_pods',
    follows: ['pod'],
    read: async (ctx) => {
      const { rows, errors } = await gather(ctx, undefined, always, async (cloud) =>
        withRates(cloud, ctx.io, await cloud.pods.list(ctx.io)),
      );
      return listOf('pods', (await withLeases(rows, ctx)).sort(byCostNow), POD_LIST_ROW, errors);
    },
  },
  {
    uri: 'gpu://jobs',
    name: 'jobs',
    title: 'Fine-tuning jobs',
    description: 'All fine-tuning jobs with state and debit.',
    needs: runsJobs,
    tool: 'list_jobs',
    follows: ['job'],
    read: async (ctx) => {
      const { rows, errors } = await readJobs(ctx);
      return listOf('jobs', rows.sort(newestFirst(({ created_at_utc }) => created_at_utc)), JOB_ROW, errors);
    },
  },
  {
    uri: 'gpu://machines',
    name: 'machines',
    title: 'Machines',
    description: 'All machines on offer with live prices. Large; list_machines filters.',
    needs: always,
    tool: 'list_machines',
    follows: ['machine'],
    read: async (ctx) => {
      const { rows, errors } = await gather(ctx, undefined, always, (cloud) => cloud.machines.list(ctx.io));
      return listOf('machines', rows.sort(rentableFirst), MACHINE_ROW, errors);
    },
  },
  {
    uri: 'gpu://spend',
    name: 'spend',
    title: 'Spending',
    description: 'Burn rate per cloud and pod, caps, headroom, balance, debits.',
    needs: always,
    tool: 'get_spend',
    follows: ['pod', 'job'],
    read: async (ctx) => cutSpend(await ctx.spending.report(), sizeOf),
  },
];

/** The resources of single things. */
export const FAMILIES: readonly ResourceFamily[] = [
  {
    uriTemplate: () => 'gpu://{cloud}/pod/{id}',
    kind: 'pod',
    name: 'pod',
    title: 'Pod',
    description: 'One pod in full: state, price, address.',
    needs: always,
    tool: 'get_pod',
    read: async (ctx, cloud, id) => ({ pod: await readPodInFull(ctx, cloud, id) }),
    list: async (ctx) =>
      (await readPods(ctx)).rows.map((pod) => ({
        ref: pod.ref,
        name: pod.name ?? pod.id,
        description: `${pod.state}, ${pod.gpu_count ?? '?'} x ${pod.gpu_model ?? 'GPU'} on ${pod.cloud}`,
      })),
  },
  {
    uriTemplate: ([only, ...others]) => `gpu://${others.length === 0 ? only : '{cloud}'}/job/{id}`,
    kind: 'job',
    name: 'job',
    title: 'Fine-tuning job',
    description: 'One fine-tuning job: state, debit, output model.',
    needs: runsJobs,
    tool: 'get_job',
    read: async (ctx, cloud, id) => ({ job: await requireFeature(cloud, 'jobs').get(ctx.io, id) }),
    list: async (ctx) =>
      (await readJobs(ctx)).rows
        .filter((job) => !job.is_terminal)
        .map((job) => ({
          ref: job.ref,
          name: job.name ?? job.id,
          description: `${job.state}, ${job.base_model ?? 'unknown model'}`,
        })),
  },
];
