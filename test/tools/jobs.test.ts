import { describe, expect, it } from 'vitest';
import type { CreateOrder, JobOps } from '../../src/core/cloud.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { Job } from '../../src/core/model.ts';
import { submitFinetune } from '../../src/tools/finetune.ts';
import { cancelJob, REFUND_SAYS } from '../../src/tools/jobs.ts';
import { dollarsIn, toolsIn } from '../facts.ts';
import { call, fakeCloud, fakeContext, reconcileAfter } from './fake-context.ts';

const job = (id: string, more: Partial<Job> = {}): Job => ({
  ref: `volt:job:${id}`,
  cloud: 'volt',
  id,
  upstream_task_id: null,
  name: 'support-bot',
  base_model: 'acme/x-7B',
  task_type: 'text',
  state: 'queued',
  raw_state: 'pending',
  is_terminal: false,
  refund_if_cancelled_now: 'full',
  hours_requested: 2,
  cost_per_hour_usd: 27.75,
  total_cost_usd: 55.5,
  dataset_repo: null,
  output_model_repo: null,
  created_at_utc: null,
  started_at_utc: null,
  completed_at_utc: null,
  warnings: [],
  ...more,
});

const ORDER: CreateOrder = {
  body: {},
  summary: '2 h of text fine-tuning',
  what: 'x',
  worst: 'x',
  cost: { usd_per_hour: 0, usd_upfront: 55.5, usd_upfront_max: 92.5, basis: 'x', quoted_at: '' },
  effects: [],
  consequences: [],
};

function jobCloud(rows: Job[], said: string | null = null, made = job('new')) {
  const jobs: JobOps = {
    list: async () => [...rows],
    get: async (_io, id) => {
      const found = rows.find((row) => row.id === id);
      if (found === undefined) throw new GpuError('not_found', `no job ${id}`);
      return found;
    },
    prepareSubmit: () => ORDER,
    submit: async () => made,
    cancel: async () => ({ message: said, raw_state: 'cancelled', notes: [] }),
    webhookProblem: () => null,
    cancelNotes: () => [],
  };
  return fakeCloud('volt', { jobs });
}

describe('cancel_job', () => {
  const cancelled = async (said: string | null) => {
    const ctx = fakeContext([jobCloud([job('j1')], said)]);
    const { output } = await call(cancelJob, { job: 'volt:job:j1' }, ctx);
    return {
      message: String(output.message),
      refunds: ctx.booked.reduce((sum, { usd }) => sum + (usd ?? 0), 0),
    };
  };

  it('books the refund that the cloud names', async () => {
    const { message, refunds } = await cancelled('Job cancelled and $1,055.50 refunded to your account');
    expect(refunds).toBe(1055.5);
    expect(toolsIn(message)).toEqual([]);
  });

  it.each([
    'A refund of $55.50 was issued to your account',
    '$55.50 will be refunded within three days',
    'Job cancelled. Refund: $55.50',
  ])('of "%s" says neither that none was named, nor books what it cannot read', async (said) => {
    const { message, refunds } = await cancelled(said);
    expect(refunds).toBe(0);
    expect(message).toContain(said);
    expect(toolsIn(message)).toEqual(['get_spend']);
  });

  it.each(['Job cancelled', null, 'No refund: the cost is committed', '$55.50 is not refunded'])(
    'of %j says that no refund was named',
    async (said) => {
      const { message, refunds } = await cancelled(said);
      expect(refunds).toBe(0);
      expect(message.split(REFUND_SAYS.none('Volt'))).toHaveLength(2);
    },
  );
});

describe('submit_finetune', () => {
  const args = { name: 'support-bot', task_type: 'text', model: 'acme/x-7B', hours: 2, dataset_repo: 'a/b' };
  const foundAt = async (total_cost_usd: number | null, more: Partial<Job> = {}) => {
    const rows: Job[] = [];
    const ctx = fakeContext([jobCloud(rows)]);
    const found = await reconcileAfter(submitFinetune, args, ctx, () => {
      rows.push(job('new', { total_cost_usd, ...more }));
    });
    if (!('found' in found)) throw new Error('nothing was found');
    return String(found.found.message);
  };

  it('warns of a job found after a lost reply that costs more than was agreed to', async () => {
    const message = await foundAt(185);
    expect(dollarsIn(message.split('WARNING')[1])).toEqual([185, 92.5]);
    expect(toolsIn(message)).toContain('cancel_job');
    expect(toolsIn(await foundAt(185, { refund_if_cancelled_now: 'none' }))).not.toContain('cancel_job');
    expect(await foundAt(92.5)).not.toContain('WARNING');
    expect(await foundAt(null)).not.toContain('WARNING');
  });

  it.each([
    ['the hourly price', { cost_per_hour_usd: 92.5, hours_requested: 2, total_cost_usd: null }],
    ['the total', { cost_per_hour_usd: null, hours_requested: 2, total_cost_usd: 185 }],
  ])('warns once of a new job that costs more than was agreed to by %s', async (_name, fields) => {
    const { output } = await call(
      submitFinetune,
      args,
      fakeContext([jobCloud([], null, job('new', fields))]),
    );
    const warnings = String(output.message).split('WARNING').slice(1);
    expect(warnings.map((warning) => dollarsIn(warning))).toEqual([[185, 92.5]]);
  });

  it('reports to the webhook of its own cloud, shown with its secret masked', async () => {
    const at = (id: string) => ({ url: `https://here/${id}/secret`, shown: `https://here/${id}/***` });
    const webhooks = new Map(['nebula', 'volt', 'acme'].map((id) => [id, at(id)]));
    const prepared: (string | undefined)[] = [];
    const { jobs } = jobCloud([]);
    if (jobs === undefined) throw new Error('the cloud has no jobs');
    const acme = fakeCloud('acme', {
      jobs: {
        ...jobs,
        prepareSubmit: ({ webhook_url }) => {
          prepared.push(webhook_url);
          return ORDER;
        },
      },
    });
    const clouds = [fakeCloud('nebula', {}), acme];
    await call(submitFinetune, args, fakeContext(clouds, { webhooks }));
    expect(prepared).toEqual([at('acme').shown, at('acme').url]);
    prepared.length = 0;
    webhooks.delete('acme');
    await call(submitFinetune, args, fakeContext(clouds, { webhooks }));
    expect(prepared).toEqual([undefined, undefined]);
  });
});
