import type { Cloud } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { gather } from '../core/list.ts';
import type { Job } from '../core/model.ts';
import { offered } from '../core/offers.ts';
import { JOB_ROW, rowsOf } from '../core/shown.ts';
import type { Resource, ResourceFamily } from './resource.ts';

const hasJobs = (cloud: Cloud): boolean => cloud.jobs !== undefined;
const read = (ctx: ToolContext) =>
  gather<Job>(ctx, undefined, hasJobs, async (cloud) => (await cloud.jobs?.list(ctx.io)) ?? []);

/** All fine-tuning jobs. */
export const jobsResource: Resource = {
  uri: 'gpu://jobs',
  name: 'jobs',
  title: 'Fine-tuning jobs',
  description: 'All fine-tuning jobs with state and debit.',
  needs: hasJobs,
  tool: 'list_jobs',
  follows: ['job'],
  read: async (ctx) => {
    const { rows, errors } = await read(ctx);
    return { jobs: rowsOf(rows, JOB_ROW), total: rows.length, ...(errors.length > 0 && { errors }) };
  },
};

/** One job. */
export const jobFamily: ResourceFamily = {
  uriTemplate: ([only, ...others]) => `gpu://${others.length === 0 ? only : '{cloud}'}/job/{id}`,
  kind: 'job',
  name: 'job',
  title: 'Fine-tuning job',
  description: 'One fine-tuning job: state, debit, output model.',
  needs: hasJobs,
  tool: 'get_job',
  read: async (ctx, cloud, id) => {
    const jobs = offered(cloud, 'jobs');
    return { job: await jobs.get(ctx.io, id) };
  },
  list: async (ctx) =>
    (await read(ctx)).rows
      .filter((job) => !job.is_terminal)
      .map((job) => ({
        ref: job.ref,
        name: job.name ?? job.id,
        description: `${job.state}, ${job.base_model ?? 'unknown model'}`,
      })),
};
