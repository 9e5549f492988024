import { isoSeconds } from './clock.ts';
import { WEBHOOK } from './constants.ts';
import type { VoltJob } from './volt/state.ts';
import type { World } from './world.ts';

/** One webhook call, made or withheld. */
export interface WebhookDelivery {
  at: string;
  job: string;
  url: string;
  payload: Record<string, unknown>;
  /** `pending` until the receiver answered; only loopback hosts are ever called. */
  outcome: 'pending' | 'delivered' | 'refused' | 'failed' | 'not_loopback';
  status: number | null;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Records the one webhook call of a job that has just ended and, for a loopback receiver, sends it in the background. */
export function notifyJobEnd(world: World, job: VoltJob): void {
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
