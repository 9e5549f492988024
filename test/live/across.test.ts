import { expect, it } from 'vitest';
import { PATIENCE, spendOf, stageFor } from '../engine/stages.ts';
import { TEXT_JOB, VOLT_POD } from '../harness.ts';

it('two servers on one state directory: a client of the one gets the change that the other wrote before its own next poll', async () => {
  const writes = await stageFor();
  const watches = await stageFor({ beside: writes });
  const received: string[] = [];
  const { first, stop } = watches.runtime.poller.watch(
    { cloud: 'volt', kind: 'pod', id: null },
    { onChanges: (changes) => received.push(...changes.map(({ what, thing }) => `${what} ${thing.name}`)) },
  );
  await first;
  // Requested polls are at least a second apart; the next scheduled one comes after two seconds or more.
  await watches.time.advance(1.1);
  expect((await writes.call('create_pod', VOLT_POD)).structuredContent.status).toBe('done');
  const hear = async () => {
    await watches.time.advance(0);
    return received;
  };
  await expect.poll(hear, PATIENCE).toEqual([`appeared ${VOLT_POD.name}`]);
  stop();
});

it('two servers on one state directory report the same debits and refunds, also after one has ended', async () => {
  const first = await stageFor();
  const second = await stageFor({ beside: first });
  const { structuredContent } = await first.call('submit_finetune', TEXT_JOB);
  const { ref } = structuredContent.job as { ref: string };
  expect((await spendOf(second)).last_30_days).toMatchObject({ debits_usd: 55.5, refunds_usd: 0 });
  expect((await second.call('cancel_job', { job: ref })).structuredContent.status).toBe('done');
  await second.close();
  const third = await stageFor({ beside: first });
  const reports = [await spendOf(first), await spendOf(third)];
  for (const { last_30_days, jobs } of reports) {
    expect(last_30_days).toMatchObject({ debits_usd: 55.5, refunds_usd: 55.5 });
    expect(jobs).toMatchObject([{ ref, refunded_usd: 55.5 }]);
  }
  first.world.clock.advance(31 * 24 * 3600);
  expect((await spendOf(third)).last_30_days).toMatchObject({ debits_usd: 0, refunds_usd: 0 });
});
