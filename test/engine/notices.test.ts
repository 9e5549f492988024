import { describe, expect, it } from 'vitest';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { LEASE_SAYS } from '../../src/gate/messages.ts';
import { startHarness, VOLT_POD } from '../harness.ts';
import { HOUR, leased, leaseOf } from './leased.ts';
import { stageFor } from './stages.ts';

const textOf = ({ content }: { content: unknown[] }): string => (content[0] as { text: string }).text;

describe('a notice for a person', () => {
  it('is in the next result of any tool, in both forms, once a session', async () => {
    const harness = await startHarness();
    const other = await harness.connect();
    const { notices } = harness.runtime;
    const says = /^! The lease of "a" was over\.$/m;
    notices.add('volt', 'The lease of "a" was over.');
    const listed = await harness.call('list_machines', { limit: 3 });
    expect(listed.text).toMatch(says);
    expect(listed.text.search(says)).toBeLessThan(
      listed.text.indexOf(`cursor="${listed.structured.next_cursor}"`),
    );
    expect(listed.structured.notices).toEqual(['The lease of "a" was over.']);
    const again = await harness.call('list_machines', { limit: 3 });
    expect([again.text, again.structured.notices]).toEqual([expect.not.stringMatching(says), undefined]);
    expect((await other.call('list_ssh_keys')).text).toMatch(says);
    expect((await other.call('list_ssh_keys')).text).not.toMatch(says);
  });

  it('is in failures, refusals and plans, too, before the next step', async () => {
    const harness = await startHarness();
    const asks = await harness.connect(() => ({ action: 'decline' }));
    const next = async (name: string, args: Record<string, unknown>) => {
      const notice = `Said before the next step of ${name} ${JSON.stringify(args)}.`;
      harness.runtime.notices.add(null, notice);
      const { text, structured } = await harness.call(name, args);
      const step = String(structured.next ?? structured.error?.hint);
      expect(structured.notices).toEqual([notice]);
      expect(text.indexOf(`! ${notice}`)).toBeGreaterThan(0);
      expect(text.indexOf(`! ${notice}`)).toBeLessThan(text.indexOf(step));
    };
    await next('get_pod', { pod: 'volt:pod:none' });
    await next('no_such_tool', {});
    await next('create_pod', VOLT_POD);
    await next('create_pod', { ...VOLT_POD, dry_run: true });
    await harness.call('get_spend');
    for (const notice of (await harness.runtime.notices.all()).map(({ text }) => text))
      expect((await harness.call('get_spend')).text).toContain(`! ${notice}`);
    const declined = await asks.call('create_pod', VOLT_POD);
    expect(declined.structured.error?.code).toBe('declined');
    expect(declined.structured.notices).toHaveLength(4);
  });

  it('comes five at a time, the oldest first, in results that stay within their size', async () => {
    const harness = await startHarness();
    for (let at = 0; at < 80; at += 1)
      harness.world.addPod('nebula', { name: `${at} ${'x'.repeat(40)}`, product_id: 'prd-ca-a6000-1' });
    for (let at = 0; at < 7; at += 1) {
      harness.runtime.notices.add('volt', `notice ${at} ${'of something long '.repeat(40)}`);
      harness.world.clock.advance(1);
    }
    const calls = [];
    for (let at = 0; at < 3; at += 1) calls.push(await harness.call('list_pods', { limit: 100 }));
    const numbers = calls.map(({ text }) => [...text.matchAll(/^! notice (\d)/gm)].map(([, n]) => Number(n)));
    expect(numbers).toEqual([[0, 1, 2, 3, 4], [5, 6], []]);
    for (const { text, structured } of calls) {
      expect(text.length).toBeLessThanOrEqual(9000);
      expect(JSON.stringify(structured).length).toBeLessThanOrEqual(9000);
    }
  });

  it('that get_spend shows is in its result, and in no other', async () => {
    const { call, runtime } = await startHarness();
    runtime.notices.add('volt', 'The lease of "a" was over.');
    expect((await call('get_spend')).structured).toMatchObject({
      spend: { notices: ['The lease of "a" was over.'] },
    });
    const listed = await call('list_pods');
    expect([listed.text, listed.structured.notices]).toEqual([
      expect.not.stringContaining('over.'),
      undefined,
    ]);
    // Who asks for the report gets it whole.
    expect((await call('get_spend')).text).toContain('The lease of "a" was over.');
  });

  it('reaches a session of another process on the same account, and a second lease of a pod is said, too', async () => {
    const stage = await leased();
    const other = await stageFor({ beside: stage });
    const pod = (await stage.call('list_pods')).structuredContent.pods as { ref: string }[];
    const { notices } = stage.runtime.gate.store;
    /** A notice is written behind the work that made it. */
    const areKept = (count: number) => expect.poll(async () => (await notices.all()).length).toBe(count);
    stage.world.clock.advance(2 * HOUR);
    await runMaintenance(stage.runtime);
    await areKept(1);
    const text = textOf(await other.call('list_machines'));
    const lease = await leaseOf(stage);
    expect(text).toContain(`! ${LEASE_SAYS.stopped(lease)}`);
    expect(textOf(await stage.call('list_machines'))).not.toContain(lease.ref);
    stage.world.clock.advance(600);
    await stage.call('start_pod', { pod: pod[0]?.ref });
    stage.world.clock.advance(600);
    await stage.call('update_pod', { pod: pod[0]?.ref, max_lifetime_hours: 1 });
    stage.world.clock.advance(2 * HOUR);
    await runMaintenance(stage.runtime);
    await areKept(2);
    const [second] = (await stage.runtime.notices.all()).slice(-1);
    expect(second?.text).toContain(lease.ref);
    expect(textOf(await other.call('list_machines'))).toContain(`! ${second?.text}`);
  });

  it('is shown by a process that cannot keep it', async () => {
    const { runtime } = await startHarness();
    const { notices: kept } = runtime.gate.store;
    const { createNoticeBoard } = await import('../../src/engine/notices.ts');
    const board = createNoticeBoard({
      ...runtime,
      store: { notices: { ...kept, add: async () => Promise.reject(new Error('read-only')) } },
    });
    board.add('volt', 'The folder cannot be written.');
    const take = () => board.forCall('anna', 's').take();
    expect(await take()).toEqual(['The folder cannot be written.']);
    expect(await take()).toEqual([]);
  });
});
