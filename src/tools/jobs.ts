import * as z from 'zod';
import type { ActionReply, Cloud, JobOps } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { requireFeature } from '../core/features.ts';
import { newestFirst } from '../core/list.ts';
import { JOB_STATES, type Job, jobSchema } from '../core/model.ts';
import type { PlanDraft } from '../core/plan.ts';
import { briefJob, JOB_ROW } from '../core/shown.ts';
import { refundOf, type SpentRow } from '../core/spend.ts';
import { challengeFor, facts, quote, usd } from '../core/text.ts';
import { DONE, gatedOutput, head, pageFields, quoteReply, refField, sentences } from './fields.ts';
import { listTool } from './list.ts';
import type { Readers } from './reconcile.ts';
import { defineTool } from './tool.ts';

/** A job and the cloud that runs it. */
export function resolveJob(ctx: ToolContext, ref: string, field = 'job') {
  const { at, id } = resolve(ctx, ref, 'job', field);
  return { at, id, jobs: requireFeature(at, 'jobs') };
}

/** Readers of a job, to know whether it still exists. */
export const jobReaders = (jobs: JobOps, id: string): Readers<Job> => ({
  get: (io) => jobs.get(io, id),
  list: (io) => jobs.list(io),
});

const jobState = ({ state, raw_state }: Job): string =>
  state === 'unknown' ? `unknown (${raw_state ?? '?'})` : state;

/** The message of an action and the job in lines; its ref only if the message does not name it. */
export const withJob = (message: string, job: Job | undefined): string =>
  job === undefined ? message : `${message}\n${jobText(job, message.includes(job.ref))}`;

/** A job as lines for the model. */
function jobText(job: Job & { refunded_usd?: number | undefined }, isNamed = false): string {
  const known = facts([
    ['job', isNamed ? null : job.ref],
    ['name', job.name === null ? null : quote(job.name)],
    ['state', jobState(job)],
    ['model', job.base_model],
    ['type', job.task_type],
    ['hours', job.hours_requested],
    ['$/h', job.cost_per_hour_usd === null ? null : usd(job.cost_per_hour_usd)],
    ['debited', job.total_cost_usd === null ? null : `$${usd(job.total_cost_usd)}`],
    ['refunded', job.refunded_usd === undefined ? null : `$${usd(job.refunded_usd)}`],
    ['refund if cancelled now', job.refund_if_cancelled_now.replace('_', ' ')],
    ['dataset', job.dataset_repo],
    ['output', job.output_model_repo],
    ['created', job.created_at_utc],
    ['started', job.started_at_utc],
    ['completed', job.completed_at_utc],
    ['training task', job.upstream_task_id],
  ]);
  return [known, ...job.warnings.map((warning) => `! ${warning}`)].join('\n');
}

/** A job with what was refunded for it through the servers of this account; left out if nothing was. */
const rowSchema = jobSchema.extend({ refunded_usd: z.number().optional() });

const REFUND_UNKNOWN =
  'It was cancelled; whether anything was refunded is not known to the servers of this account.';

/** A job with its refund as this account's servers recorded it: no cloud reports one afterwards. */
function withRefund(spent: readonly SpentRow[], job: Job): z.infer<typeof rowSchema> {
  const refunded_usd = refundOf(spent, job.ref);
  if (refunded_usd > 0) return { ...job, refunded_usd };
  return job.state === 'cancelled' ? { ...job, warnings: [...job.warnings, REFUND_UNKNOWN] } : job;
}

/** Fine-tuning jobs. */
export const listJobs = listTool({
  name: 'list_jobs',
  title: 'List fine-tuning jobs',
  description: 'List fine-tuning jobs, newest first. One in full: get_job.',
  toolset: 'jobs',
  needs: 'jobs',
  plural: 'jobs',
  noun: 'job',
  row: rowSchema,
  input: z.strictObject({ status: z.enum(JOB_STATES).optional(), ...pageFields }),
  read: (cloud, io) => cloud.jobs?.list(io),
  fits: (input) => (job) => input.status === undefined || job.state === input.status,
  async complete(rows, { spending }) {
    const spent = rows.length === 0 ? [] : await spending.book.rows();
    return rows.map((job) => withRefund(spent, job));
  },
  order: newestFirst(({ created_at_utc }) => created_at_utc),
  columns: {
    job: ({ ref }) => ref,
    name: ({ name }) => name,
    state: jobState,
    model: ({ base_model }) => base_model,
    hours: ({ hours_requested }) => hours_requested,
    debited: ({ total_cost_usd, refunded_usd = 0 }) =>
      [
        total_cost_usd === null ? null : `$${usd(total_cost_usd)}`,
        refunded_usd === 0 ? null : `$${usd(refunded_usd)} refunded`,
      ]
        .filter((part) => part !== null)
        .join(', ') || null,
  },
  fields: { ...JOB_ROW, narrow: [...JOB_ROW.narrow, 'refunded_usd'] },
  offered: { status: ({ state }) => state },
  empty: 'No jobs.',
});

/** One job in full. */
export const getJob = defineTool({
  name: 'get_job',
  title: 'Show a job',
  description: 'Show one fine-tuning job: state, debit, refund if cancelled now, output model.',
  toolset: 'jobs',
  effect: 'read',
  needs: 'jobs',
  input: z.strictObject({ job: refField('job').describe('job ref') }),
  output: z.object({ job: rowSchema }),
  async run(input, ctx) {
    const { id, jobs } = resolveJob(ctx, input.job);
    const job = await jobs.get(ctx.io, id);
    return { job: withRefund(job.state === 'cancelled' ? await ctx.spending.book.rows() : [], job) };
  },
  text: ({ job }) => jobText(job),
});

const REFUNDED = /\$\s?([\d,]+(?:\.\d+)?)\s+(?:was |has been |is )?refunded/i;

// "refund" with an amount, but not "no refund" or "not refunded".
const MENTIONS_REFUND = /^(?!.*\bno(?:t|n-?)?[ -](?:\w+ )?refund)(?=.*refund).*\$\s?\d/i;

/** Messages about a reply to a cancellation from which no refund can be booked. */
export const REFUND_SAYS = {
  unread: (cloud: string): string =>
    `How much came back cannot be read from that for certain, so it is not counted in get_spend; see the billing page of ${cloud}.`,
  none: (cloud: string): string =>
    `${cloud} named no refund in its reply, so none can be counted on; see its billing page.`,
} as const;

/** Books the refund that a cloud's message names; a sentence if it names none for certain. */
async function bookRefund(
  ctx: ToolContext,
  at: Cloud,
  ref: string,
  message: string | null,
): Promise<string | null> {
  const text = message ?? '';
  const amount = REFUNDED.exec(text)?.[1];
  if (amount === undefined) {
    return MENTIONS_REFUND.test(text) ? REFUND_SAYS.unread(at.title) : REFUND_SAYS.none(at.title);
  }
  const refund = Number(amount.replaceAll(',', ''));
  await ctx.spending.book.add({
    cloud: at.id,
    kind: 'refund',
    usd: refund,
    what: ref,
  });
  return null;
}

/** The worst consequence of a cancellation, by the refund that is due now. */
const WORST: Readonly<Record<Job['refund_if_cancelled_now'], string>> = {
  full: 'It ends for good; the refund is lost if training starts before that.',
  not_promised: 'It ends for good, and no refund is promised.',
  none: 'No refund: the full cost is due, and what was trained is lost.',
  'n/a': 'It has ended already.',
};

/** The plan to cancel a job. */
export function cancelPlan(at: Cloud, job: Job): PlanDraft<Job> {
  const debit = job.total_cost_usd === null ? 'an unknown amount' : `$${usd(job.total_cost_usd)}`;
  return {
    plan: {
      ref: job.ref,
      summary: `Cancel job ${quote(job.name)} (${at.title}, ${job.base_model === null ? 'model unknown' : quote(job.base_model)}, ${job.raw_state ?? job.state}).`,
      effects: [
        'The job ends; what it has trained so far is lost.',
        `${debit} was debited when it was submitted.`,
      ],
      consequences: requireFeature(at, 'jobs').cancelNotes(job),
      challenge: challengeFor(job.name, job.id),
    },
    head: head(`Cancel ${at.title} job`, job.name, WORST[job.refund_if_cancelled_now]),
    cloud: at.id,
    facts: { name: job.name, raw_state: job.raw_state, refund: job.refund_if_cancelled_now },
    data: job,
  };
}

/** The job as the reply to its cancellation shows it; null if the reply names another state, or none. */
const asReplied = (job: Job, { raw_state }: ActionReply): Job | null =>
  raw_state?.toLowerCase() === 'cancelled'
    ? { ...job, state: 'cancelled', raw_state, is_terminal: true, refund_if_cancelled_now: 'n/a' }
    : null;

/** Cancels a job. */
export const cancelJob = defineTool({
  name: 'cancel_job',
  title: 'Cancel a job',
  description:
    'Cancel a fine-tuning job for good. A person must confirm.[volt: Refunded in full only before training starts.]',
  toolset: 'jobs',
  effect: 'destroy',
  ends_costs: true,
  changes_list: true,
  also_called: ['stop_job', 'delete_job'],
  needs: 'jobs',
  input: z.strictObject({ job: refField('job').describe('job ref') }),
  output: gatedOutput({ job: jobSchema.optional() }),
  async plan(input, ctx) {
    const { at, id, jobs } = resolveJob(ctx, input.job);
    const job = await jobs.get(ctx.io, id);
    if (job.is_terminal) {
      throw new GpuError(
        'wrong_state',
        `job: ${job.ref} has already ended (${job.raw_state ?? job.state}).`,
        {
          hint: 'Nothing is left to cancel; see get_job.',
          cloud: at.id,
        },
      );
    }
    return cancelPlan(at, job);
  },
  async run(input, ctx, { data }) {
    const { at, id, jobs } = resolveJob(ctx, input.job);
    const reply = await jobs.cancel(ctx.io, id);
    const job = asReplied(data, reply);
    return {
      done: {
        status: DONE,
        ...(job !== null && { job: briefJob(job) }),
        message: sentences(
          job === null ? `The cancellation of ${input.job} was accepted.` : 'The cancellation was accepted.',
          quoteReply(at.title, reply.message),
          await bookRefund(ctx, at, input.job, reply.message),
          ...reply.notes,
          job === null ? 'See get_job for its state.' : null,
        ),
      },
    };
  },
  async reconcile(input, ctx) {
    const { id, jobs } = resolveJob(ctx, input.job);
    const job = await jobs.get(ctx.io, id);
    if (job.state !== 'cancelled')
      return { notFound: `${job.ref} is ${job.raw_state ?? job.state}.`, candidates: [job.ref] };
    const message = `${job.ref} is cancelled. Whether anything was refunded is not known: the reply was lost.`;
    return { found: { status: DONE, job: briefJob(job), message } };
  },
  text: ({ message, job }) => withJob(message, job),
});
