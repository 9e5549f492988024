import { enter, isoSeconds, type Phase, type PhaseTable, play } from '../clock.ts';
import { JOB_PHASE_SECONDS, TERMINAL_STATUSES, WEBHOOK } from '../constants.ts';
import type { WebhookDelivery, World } from '../world.ts';
import type { VoltJob } from './state.ts';

function jobTable(job: VoltJob): PhaseTable {
  const { pending, preparing_data, looking_for_nodes, ready, evaluating } = JOB_PHASE_SECONDS;
  return {
    pending: { raw: 'preparing_data', after: pending },
    preparing_data: { raw: 'looking_for_nodes', after: preparing_data },
    looking_for_nodes: { raw: 'ready', after: looking_for_nodes },
    ready: { raw: 'training', after: ready },
    training: { raw: 'evaluating', after: job.hoursRequested * 3600 },
    evaluating: { raw: 'success', after: evaluating },
  };
}

/** Moves a job into a status at a time; a terminal one is stamped and reported to its webhook once. */
export function moveJob(world: World, job: VoltJob, status: string, at: number): Phase {
  const wasTerminal = TERMINAL_STATUSES.includes(job.phase.raw);
  job.phase = enter(status, at, jobTable(job));
  if (status === 'training') job.started_ms ??= at;
  if (status === 'success') job.outputModelRepo ??= `voltagegpu/${slug(job.name)}-${world.random.text(6)}`;
  if (TERMINAL_STATUSES.includes(status)) {
    job.completed_ms = at;
    if (!wasTerminal) notifyJobEnd(world, job);
  } else {
    job.completed_ms = null;
  }
  return job.phase;
}

/** Plays a job's due transitions. */
export function advanceJob(world: World, job: VoltJob, now: number): void {
  play(job.phase, now, (status, at) => moveJob(world, job, status, at));
}

function slug(name: string): string {
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .slice(0, 60) || 'model'
  );
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Records the one webhook call of a job that has just ended and, for a loopback receiver, sends it in the background. */
function notifyJobEnd(world: World, job: VoltJob): void {
  if (job.webhookUrl === null) return;
  const delivery: WebhookDelivery = {
    at: world.clock.iso(),
    job: job.id,
    url: job.webhookUrl,
    payload: {
      event: WEBHOOK.event,
      jobId: job.id,
      gradientsTaskId: job.gradientsTaskId,
      status: job.phase.raw,
      baseModel: job.baseModel,
      outputModelRepo: job.phase.raw === 'success' ? job.outputModelRepo : null,
      totalCost: job.totalCost,
      completedAt: job.completed_ms === null ? null : isoSeconds(job.completed_ms),
    },
    outcome: 'pending',
    status: null,
  };
  world.webhooks.push(delivery);
  if (!LOOPBACK.test(new URL(job.webhookUrl).hostname)) delivery.outcome = 'not_loopback';
  else world.background(send(delivery, world.closing));
}

async function send(delivery: WebhookDelivery, closing: AbortSignal): Promise<void> {
  try {
    const reply = await fetch(delivery.url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'user-agent': WEBHOOK.user_agent },
      body: JSON.stringify(delivery.payload),
      signal: AbortSignal.any([closing, AbortSignal.timeout(WEBHOOK.timeout_ms)]),
    });
    await reply.body?.cancel();
    delivery.status = reply.status;
    delivery.outcome = reply.ok ? 'delivered' : 'refused';
  } catch {
    delivery.outcome = 'failed';
  }
}
