import * as z from 'zod';
import { isoSeconds } from '../clock.ts';
import {
  CANCEL_WITHOUT_REFUND,
  JOB_8B_TABLE_USD,
  JOB_IMAGE_USD,
  JOB_STATUSES,
  JOB_TIERS,
  JOB_UNKNOWN_SIZE_USD,
  REFUNDABLE_STATUSES,
  TERMINAL_STATUSES,
} from '../constants.ts';
import { endpoint, json, refusalOf } from '../endpoint.ts';
import { roundUsd } from '../ledger.ts';
import type { World } from '../world.ts';
import { moveJob } from './job-life.ts';
import { need, noFunds, wrongState } from './reply.ts';
import type { VoltJob } from './state.ts';

const text = z.string().min(1);
const repo = z.string().regex(/^[^\s/]+\/[^\s/]+$/, 'must be a HuggingFace id like owner/name');
const url = z.url({ protocol: /^https?$/ });
const template = z.enum([
  'alpaca',
  'chatml',
  'deepseek_v3',
  'gemma3',
  'llama3',
  'llama4',
  'mistral_v3_tekken',
  'phi_4',
  'qwen_25',
  'qwen3',
]);

const common = { name: text, model: repo, hours: z.number().positive(), webhookUrl: url.optional() };
const hub = { ...common, dsRepo: repo };

/** What each task type takes; required is what its example shows and no page gives a default for. */
const TASKS = {
  text: z.strictObject({
    ...hub,
    taskType: z.literal('text'),
    fieldInstruction: text.optional(),
    fieldOutput: text.optional(),
  }),
  chat: z.strictObject({
    ...hub,
    taskType: z.literal('chat'),
    chatTemplate: template,
    fieldConversation: text.optional(),
  }),
  dpo: z.strictObject({
    ...hub,
    taskType: z.literal('dpo'),
    chatTemplate: template,
    fieldPrompt: text,
    fieldChosen: text,
    fieldRejected: text,
  }),
  grpo: z.strictObject({ ...hub, taskType: z.literal('grpo'), chatTemplate: template }),
  image: z.strictObject({ ...hub, taskType: z.literal('image'), imageModelType: z.enum(['flux', 'sdxl']) }),
  custom_chat: z.strictObject({ ...common, taskType: z.literal('custom_chat'), datasetUrl: url }),
  custom_text: z.strictObject({ ...common, taskType: z.literal('custom_text'), datasetUrl: url }),
};

/** Body of POST /fine-tuning by `taskType` (Volt API Reference, Fine-Tuning > Create). */
const createJobBody = z.discriminatedUnion('taskType', [
  TASKS.text,
  TASKS.chat,
  TASKS.dpo,
  TASKS.grpo,
  TASKS.image,
  TASKS.custom_chat,
  TASKS.custom_text,
]);

type CreateJob = z.output<typeof createJobBody>;

/** Creates a job and debits its whole cost. Throws 400 or 402. */
export function createJob(world: World, body: CreateJob, appearAfter: number): VoltJob {
  if (body.taskType === 'custom_text' && !world.drift.volt_custom_text) throw unknownTask();
  const costPerHour = hourlyPrice(world, body);
  const totalCost = roundUsd(costPerHour * body.hours, 2);
  if (world.ledger.balance('volt') < totalCost) throw noFunds(totalCost);
  const now = world.clock.now();
  const job: VoltJob = {
    id: `cl${world.random.text(23)}`,
    gradientsTaskId: world.random.uuid(),
    name: body.name,
    baseModel: body.model,
    taskType: body.taskType,
    hoursRequested: body.hours,
    costPerHour,
    totalCost,
    datasetRepo: 'dsRepo' in body ? body.dsRepo : null,
    outputModelRepo: null,
    webhookUrl: body.webhookUrl ?? null,
    created_ms: now,
    started_ms: null,
    completed_ms: null,
    visible_ms: now + appearAfter * 1000,
    phase: { raw: 'pending', since: now, next: null },
  };
  moveJob(world, job, 'pending', now);
  world.volt.jobs.push(job);
  const note = `${job.name}: ${body.hours} h at $${costPerHour}`;
  world.ledger.post({ cloud: 'volt', kind: 'debit', usd: totalCost, target: job.id, note }, now);
  return job;
}

function unknownTask() {
  const known = Object.keys(TASKS).filter((task) => task !== 'custom_text');
  const probe = z.strictObject({ taskType: z.literal(known) }).safeParse({ taskType: 'custom_text' });
  return refusalOf(probe.error ?? new z.ZodError([]), 'field');
}

function hourlyPrice(world: World, body: CreateJob): number {
  if (body.taskType === 'image') return JOB_IMAGE_USD;
  const size = modelSize(body.model);
  if (size === null) return JOB_UNKNOWN_SIZE_USD;
  if (size === 8 && world.drift.volt_8b_at_table_price) return JOB_8B_TABLE_USD;
  return JOB_TIERS.find((tier) => size <= tier.up_to_billions)?.usd ?? JOB_UNKNOWN_SIZE_USD;
}

/** Parameters in billions as the model's name states them: "8B", "0.5b", "350M", "8x7B" = 56; null without a size. */
export function modelSize(model: string): number | null {
  const name = model.slice(model.indexOf('/') + 1);
  const match = /(?<![a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z0-9])/i.exec(name);
  if (!match) return null;
  const [, experts, count, unit] = match;
  const scale = unit?.toLowerCase() === 'm' ? 0.001 : 1;
  return Number(experts ?? 1) * Number(count) * scale;
}

const iso = (ms: number | null) => (ms === null ? null : isoSeconds(ms));

function head(world: World, job: VoltJob) {
  const late = world.drift.volt_gradients_id_late && job.phase.raw === 'pending';
  const { id, name, baseModel, taskType, hoursRequested, costPerHour, totalCost } = job;
  const gradientsTaskId = late ? null : job.gradientsTaskId;
  const cost = { hoursRequested, costPerHour, totalCost };
  return { id, gradientsTaskId, name, baseModel, taskType, status: job.phase.raw, ...cost };
}

function jobJson(world: World, job: VoltJob) {
  return {
    ...head(world, job),
    datasetRepo: job.datasetRepo,
    outputModelRepo: job.phase.raw === 'success' ? job.outputModelRepo : null,
    createdAt: isoSeconds(job.created_ms),
    startedAt: iso(job.started_ms),
    completedAt: iso(job.completed_ms),
  };
}

const dollars = (usd: number) => `$${usd.toFixed(2)}`;

function cancel(world: World, job: VoltJob): string {
  const status = job.phase.raw;
  if (TERMINAL_STATUSES.includes(status))
    throw wrongState(`Job is already ${status} and cannot be cancelled.`);
  const now = world.clock.now();
  moveJob(world, job, 'cancelled', now);
  if (!REFUNDABLE_STATUSES.includes(status)) return CANCEL_WITHOUT_REFUND;
  const note = `${job.name}: cancelled while ${status}`;
  world.ledger.post({ cloud: 'volt', kind: 'refund', usd: job.totalCost, target: job.id, note }, now);
  return `Job cancelled and ${dollars(job.totalCost)} refunded to your account`;
}

/** Fine-tuning jobs (Volt API Reference, Fine-Tuning). */
export const jobEndpoints = [
  endpoint({
    method: 'GET',
    path: '/fine-tuning',
    query: z.strictObject({ status: z.enum(JOB_STATUSES).optional() }),
    run({ world, query: { status } }) {
      const now = world.clock.now();
      const listed = world.volt.jobs.filter((job) => job.visible_ms <= now);
      const jobs = listed.filter((job) => status === undefined || job.phase.raw === status);
      return json(200, { success: true, jobs: jobs.map((job) => jobJson(world, job)) });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/fine-tuning',
    body: createJobBody,
    run({ world, body, appearAfter }) {
      const job = createJob(world, body, appearAfter);
      return json(201, {
        success: true,
        job: { ...head(world, job), createdAt: isoSeconds(job.created_ms) },
      });
    },
  }),
  endpoint({
    method: 'GET',
    path: '/fine-tuning/:id',
    run({ world, params: { id = '' } }) {
      return json(200, { success: true, job: jobJson(world, need(world.volt.jobs, 'Job', id)) });
    },
  }),
  endpoint({
    method: 'DELETE',
    path: '/fine-tuning/:id',
    run({ world, params: { id = '' } }) {
      const message = cancel(world, need(world.volt.jobs, 'Job', id));
      return json(200, { success: true, message, job: { id, status: 'cancelled' } });
    },
  }),
];
