import { expect, it } from 'vitest';
import { PATIENCE, stageFor } from '../engine/stages.ts';
import { VOLT_POD } from '../harness.ts';

it('two servers on one state directory: a client of the one hears of what the other wrote before its own next look', async () => {
  const writes = await stageFor();
  const watches = await stageFor({ beside: writes });
  const heard: string[] = [];
  const { first, stop } = watches.runtime.poller.watch(
    { cloud: 'volt', kind: 'pod', id: null },
    { onChanges: (changes) => heard.push(...changes.map(({ what, thing }) => `${what} ${thing.name}`)) },
  );
  await first;
  // Looks that are asked for lie a second apart; the next of its own comes after two at the soonest.
  await watches.time.advance(1.1);
  expect((await writes.call('create_pod', VOLT_POD)).structuredContent.status).toBe('done');
  const hear = async () => {
    await watches.time.advance(0);
    return heard;
  };
  await expect.poll(hear, PATIENCE).toEqual([`appeared ${VOLT_POD.name}`]);
  stop();
});
