import * as z from 'zod';
import { isoSeconds } from '../clock.ts';
import { CANCEL_WITHOUT_REFUND, JOB_STATUSES, REFUNDABLE_STATUSES, TERMINAL_STATUSES } from '../constants.ts';
import { endpoint, json } from '../endpoint.ts';
import type { World } from '../world.ts';
import { createJob, createJobBody } from './create-job.ts';
import { need, wrongState } from './fail.ts';
import { moveJob } from './life.ts';
import type { VoltJob } from './state.ts';

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
