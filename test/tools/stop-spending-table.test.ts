import { expect, it } from 'vitest';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { consequencesOf, JOBS_OFF, type Thing } from '../../src/tools/stop-spending-things.ts';
import { dollarsIn, quotesIn } from '../facts.ts';
import { consentOf, startHarness } from '../harness.ts';
import { fakeCloud } from './fake-context.ts';
import { pod } from './fake-pods.ts';

it('a sum with an unknown price in it is unknown', () => {
  const at = fakeCloud('nebula', {});
  const thing = (id: string, usd_per_hour: number | null): Thing => ({
    kind: 'pod',
    at,
    ref: `nebula:pod:${id}`,
    pod: pod('nebula', id),
    rate: { ref: `nebula:pod:${id}`, usd_per_hour, usd_per_hour_max: usd_per_hour, note: null },
  });
  expect(consequencesOf([thing('a', 0.5), thing('b', 0.25)], 'stop').flatMap(dollarsIn)).toContain(0.75);
  const unsure = consequencesOf([thing('a', 0.5), thing('b', null)], 'stop');
  expect(unsure.flatMap(dollarsIn)).toEqual([]);
  expect(unsure.join(' ')).toMatch(/\bunknown\b/);
});

it('the question says in its first three lines what ends, what that saves, the worst, and what to type', async () => {
  const asked: string[] = [];
  const { call, world } = await startHarness({
    elicit: (message) => {
      asked.push(message);
      return { action: 'decline' };
    },
  });
  const wanted = { taskType: 'text', model: 'meta-llama/Llama-3.1-8B', dsRepo: 'me/qa', hours: 2 } as const;
  createJob(world, { ...wanted, name: 'tune' }, 0);
  world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
  world.addPod('nebula', { name: 'box', product_id: 'prd-ca-a6000-1' });
  await call('stop_spending', { all: true, how: 'stop' });
  const [what = '', worst, type] = asked[0]?.split('\n') ?? [];
  expect(dollarsIn(what)).toEqual([0.68, 0.49, 55.5]);
  expect(what).toMatch(/\b2 pods\b.*\b1 job\b/);
  expect(what.length).toBeLessThanOrEqual(80);
  expect(worst).toMatch(/^Permanent/);
  expect(quotesIn(type)).toEqual(['stop 3']);
});

it('without the toolset of jobs it neither lists nor cancels jobs, and says so', async () => {
  const { call, world, writes } = await startHarness({
    config: { GPU_MCP_RESULTS: 'both', GPU_MCP_TOOLSETS: 'pods,billing' },
  });
  const wanted = { taskType: 'text', model: 'meta-llama/Llama-3.1-8B', dsRepo: 'me/qa', hours: 2 } as const;
  const job = createJob(world, { ...wanted, name: 'tune' }, 0);
  const id = world.addPod('volt', { name: 'one', machine_id: 'mach_rtx3090_01' });
  const plan = await call('stop_spending', { all: true, how: 'stop' });
  expect(plan.text).toContain(JOBS_OFF);
  await call('stop_spending', { all: true, how: 'stop', ...consentOf(plan) });
  expect(writes().map(({ method, path }) => `${method} ${path}`)).toEqual([`POST /pods/${id}/stop`]);
  for (const ref of [`volt:job:${job.id}`, 'tune'])
    expect((await call('stop_spending', { refs: [ref], how: 'stop' })).isError).toBe(true);
  expect(world.requests.filter(({ path }) => path.startsWith('/fine-tuning'))).toEqual([]);
});
