import * as z from 'zod';
import type { Cloud, CreateOrder } from '../core/cloud.ts';
import { chooseCloud, plannedCloud, type ToolContext } from '../core/context.ts';
import { requireFeature } from '../core/features.ts';
import { type Job, jobSchema } from '../core/model.ts';
import { addedSince } from '../core/outcome.ts';
import {
  CHAT_TEMPLATES,
  FINETUNE_TASKS,
  type FinetuneRequest,
  HUGGING_FACE_ID,
  IMAGE_MODEL_TYPES,
} from '../core/requests.ts';
import { briefJob } from '../core/shown.ts';
import { clean, usd } from '../core/text.ts';
import { DONE, dryRunField, gatedOutput, head, nameField, sentences, textField } from './fields.ts';
import { withJob } from './jobs.ts';
import { adoptTheOne, cloudTime, matchOrder, namesakes, unlikeRequest } from './reconcile.ts';
import { defineTool } from './tool.ts';

const HALF_A_CENT = 0.005;

const column = textField(100, 0).optional();

const huggingFaceId = z
  .string()
  .refine((text) => HUGGING_FACE_ID.test(text), 'must be a Hugging Face id of the form owner/name');

const input = z.strictObject({
  name: nameField,
  task_type: z.enum(FINETUNE_TASKS),
  model: huggingFaceId,
  hours: z.number().positive().max(1000),
  dataset_repo: huggingFaceId.optional().describe('custom_*: dataset_url instead'),
  dataset_url: textField(2000, 0).optional().describe('JSONL'),
  chat_template: z.enum(CHAT_TEMPLATES).optional().describe('chat, dpo, grpo'),
  field_instruction: column,
  field_output: column,
  field_conversation: column,
  field_prompt: column,
  field_chosen: column,
  field_rejected: column,
  image_model_type: z.enum(IMAGE_MODEL_TYPES).optional(),
  webhook_url: textField(2000, 0).optional(),
  max_usd: z.number().min(0).optional().describe("User's limit"),
  dry_run: dryRunField,
});
type Input = z.infer<typeof input>;

/** The request of an input. `hook`: the webhook of this server, used if the caller names none. */
function toRequest(
  { max_usd: _limit, dry_run: _dry, ...request }: Input,
  hook: string | undefined,
): FinetuneRequest {
  return { ...request, webhook_url: request.webhook_url ?? hook };
}

async function submitted(ctx: ToolContext, at: Cloud, job: Job, order: CreateOrder) {
  await ctx.spending.book.add({
    cloud: at.id,
    kind: 'debit',
    usd: job.total_cost_usd,
    what: job.ref,
  });
  const debit = job.total_cost_usd === null ? 'an amount it did not name' : `$${usd(job.total_cost_usd)}`;
  return {
    status: DONE,
    job: briefJob(job),
    message: sentences(
      `Job ${job.ref} is submitted; ${at.title} debited ${debit}.`,
      overcharge(job, order),
      ...job.warnings,
      'Use wait_for to learn when it has ended.',
    ),
  };
}

/** A warning if the job costs more than was agreed to, by its total or by its hourly price; else null. */
function overcharge(job: Job, { cost }: CreateOrder): string | null {
  const agreed = cost.usd_upfront_max;
  const { hours_requested: hours, cost_per_hour_usd: hourly, total_cost_usd: total } = job;
  const product = hourly === null || hours === null ? null : hourly * hours;
  const named = [product, total].filter((amount) => amount !== null);
  const real = named.length === 0 ? null : Math.max(...named);
  if (real === null || agreed === null || real <= agreed + HALF_A_CENT) return null;
  const back =
    job.refund_if_cancelled_now === 'full'
      ? ' cancel_job is documented as refunded in full in its present status.'
      : '';
  return `WARNING: it costs $${usd(real)}, more than the $${usd(agreed)} that was agreed to. Tell the user.${back}`;
}

/** Submits a fine-tuning job, debited in full at once. */
export const submitFinetune = defineTool({
  name: 'submit_finetune',
  title: 'Fine-tune a model',
  description:
    'Fine-tune a Hugging Face model. DEBITS hours x rate AT ONCE[volt: ($9.25-92.50/h)]; a person must confirm. field_*: text may take instruction, output; chat conversation; dpo needs prompt, chosen, rejected.',
  toolset: 'jobs',
  effect: 'spend',
  changes_list: true,
  also_called: [
    'create_finetune',
    'create_job',
    'start_finetune',
    'fine_tune',
    'fine_tune_model',
    'train',
    'train_model',
    'start_training',
  ],
  needs: 'jobs',
  input,
  output: gatedOutput({ job: jobSchema.optional() }),
  async plan(given, ctx) {
    const at = chooseCloud(ctx, undefined, 'jobs');
    const jobs = requireFeature(at, 'jobs');
    const order = jobs.prepareSubmit(toRequest(given, ctx.webhooks.get(at.id)?.shown), ctx.now());
    const listed = await jobs.list(ctx.io);
    const same = namesakes(
      listed.filter((job) => !job.is_terminal),
      clean(given.name),
    );
    return {
      plan: {
        ref: null,
        summary: `Submit ${order.summary} as job "${given.name}".`,
        effects: order.effects,
        cost: order.cost,
        consequences: [...same.consequences, ...order.consequences],
        challenge: usd(order.cost.usd_upfront_max),
      },
      head: head(`Submit ${order.what}`, given.name, order.worst),
      cloud: at.id,
      before: listed.map((job) => job.ref),
      facts: same.facts,
      adds: { usd_per_hour: 0, usd_upfront: order.cost.usd_upfront_max, pods: 0 },
      callerLimits: { usd_upfront: given.max_usd },
      hours: given.hours,
      data: { order, planned_at: cloudTime(ctx, at) },
    };
  },
  async run(given, ctx, planned) {
    const at = plannedCloud(ctx, planned);
    const jobs = requireFeature(at, 'jobs');
    // The plan and the audit log show our webhook with its secret masked; only the order itself carries it.
    const { body } = jobs.prepareSubmit(toRequest(given, ctx.webhooks.get(at.id)?.url), ctx.now());
    const job = await jobs.submit(ctx.io, { ...planned.data.order, body });
    return { done: await submitted(ctx, at, job, planned.data.order), ref: job.ref };
  },
  async reconcile(given, ctx, planned) {
    const { data, before } = planned;
    const at = plannedCloud(ctx, planned);
    const rows = await requireFeature(at, 'jobs').list(ctx.io);
    const named = addedSince(before, rows, clean(given.name));
    const { fitting, others } = matchOrder(named, (job) => unlikeRequest(job, given, data.planned_at));
    const outcomes = {
      notFound: {
        notFound: `No new job named "${given.name}" is listed yet; it may still appear, and then it was debited.${others.sentence}`,
        candidates: others.refs,
      },
      ambiguous: `${fitting.length} new jobs are named "${given.name}"; it is not known which one is yours.`,
    };
    return adoptTheOne(fitting, outcomes, (job) => submitted(ctx, at, job, data.order));
  },
  text: ({ message, job }) => withJob(message, job),
});
