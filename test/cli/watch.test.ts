import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type WatchScreen, watchOn } from '../../src/cli/commands/watch.ts';
import { createPaint } from '../../src/cli/terminal/screen.ts';
import { startProgram } from '../child.ts';
import { agrees, type Harness, startHarness, TEXT_JOB } from '../harness.ts';
import { outsider } from '../resources/subscribed.ts';

function screen(changes: Partial<WatchScreen> = {}) {
  const written: string[] = [];
  const shown: WatchScreen = {
    write: (text) => written.push(text),
    isTerminal: false,
    paint: createPaint(false),
    size: () => ({ columns: 80, lines: 24 }),
    ...changes,
  };
  return { shown, written, text: () => written.join('') };
}

const never = () => new AbortController().signal;
const plain = (text: string): string[] => text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '').split(/\r?\n/);

function keep(harness: Harness, ...refs: string[]) {
  return (shown: WatchScreen, once = false, signal = never()) =>
    watchOn(harness.runtime, refs, once, shown, signal);
}

describe('gpu-cloud-mcp watch', () => {
  it('--once shows pods and jobs with state, rate, cost and burn rate within 80 columns', async () => {
    const harness = await startHarness({ elicit: agrees });
    outsider(harness, 'llama-trainer-with-a-name-that-is-far-too-long-for-one-cell');
    harness.world.addPod('nebula', { name: 'render' });
    await harness.call('submit_finetune', TEXT_JOB);
    harness.world.clock.advance(3600);
    const { shown, text } = screen();
    await keep(harness)(shown, true);
    const lines = plain(text());
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
    expect(text()).toMatch(/llama-trainer-.*… +running +1 x .*\$0\.39 +~?\$0\.39/);
    expect(text()).toMatch(/render +running .*\n +nebula:pod:\S+/);
    expect(text()).toMatch(/support-bot .*- +\$55\.50\n +volt:job:\S+/);
    expect(text()).toMatch(/\$\d+\.\d+\/h \(\$.*\/day\).*\$55\.50/);
    expect(text()).not.toContain('\u001b');
    expect(harness.runtime.poller.lists()).toBe(0);
  });

  it.each([60, 80, 120])('fits %i columns, and cuts names only if it has to', async (columns) => {
    const harness = await startHarness();
    outsider(harness, 'a-name-of-28-characters-here');
    harness.world.addPod('nebula', { name: 'render' });
    const { shown, text } = screen({ size: () => ({ columns, lines: 24 }) });
    await keep(harness)(shown, true);
    const lines = plain(text());
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(columns);
    expect(text().includes('a-name-of-28-characters-here')).toBe(columns >= 80);
    expect(lines).toContainEqual(expect.stringMatching(/^~ /));
  });

  it('is no higher than the terminal, and counts what it hides', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    for (let number = 0; number < 12; number += 1) outsider(harness, `pod-${number}`);
    const { shown, text } = screen({ size: () => ({ columns: 80, lines: 12 }) });
    await keep(harness)(shown, true);
    expect(plain(text().trimEnd()).length).toBeLessThan(12);
    expect(text()).toMatch(/… and [5-9] more/);
  });

  it('writes one plain line a change when it is not a terminal, and ends when all given refs are final', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const id = outsider(harness, 'trainer', 'deploying');
    const { shown, text } = screen();
    await keep(harness, `volt:pod:${id}`)(shown);
    const lines = text().trimEnd().split('\n');
    expect(lines[0]).toMatch(new RegExp(`Z  volt:pod:${id}  "trainer"  provisioning`));
    expect(lines.some((line) => /provisioning -> running {2}\$0\.39\/h.* {2}ssh /.test(line))).toBe(true);
    expect(lines).toHaveLength(3);
  });

  it('redraws in place on a terminal, coloured only if it may be, until it is stopped', async () => {
    for (const color of [true, false]) {
      const harness = await startHarness({ clouds: ['volt'] });
      outsider(harness, 'trainer');
      const stop = new AbortController();
      const { shown, written, text } = screen({ isTerminal: true, paint: createPaint(color) });
      shown.write = (piece) => {
        if (written.push(piece) === 4) stop.abort();
      };
      await keep(harness)(shown, false, stop.signal);
      expect(written[1]).toMatch(/^\u001b\[\d+A\r/);
      expect(/\u001b\[3[0-9]m/.test(text())).toBe(color);
      expect(harness.runtime.poller.lists()).toBe(0);
      expect(harness.time.pending()).toBe(0);
      await harness.close();
    }
  });

  it('ends at once when it is stopped before the cloud has answered', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    harness.world.faults.add({ cloud: 'volt', kind: 'hang' });
    const stop = new AbortController();
    const { shown, written } = screen();
    const watching = keep(harness, 'volt:pod:x')(shown, false, stop.signal);
    await expect.poll(() => harness.world.requests.length).toBe(1);
    stop.abort();
    await watching;
    expect(written).toEqual([]);
  });

  it('does not count a pod that could not be read as final', async () => {
    const harness = await startHarness();
    const id = outsider(harness, 'late', 'deploying');
    const instance = harness.world.addPod('nebula', { name: 'render' });
    harness.world.faults.add({ cloud: 'volt', kind: 'error_before', status: 401, times: 1 });
    const { shown, text } = screen();
    await keep(harness, `volt:pod:${id}`, `nebula:pod:${instance}`)(shown);
    expect(text()).toMatch(new RegExp(`volt:pod:${id}.*running`));
  });

  it('says when a cloud cannot be read and goes on with the other', async () => {
    const harness = await startHarness();
    harness.world.addPod('nebula', { name: 'render' });
    harness.world.faults.add({ cloud: 'volt', kind: 'error_before', status: 401, times: 99 });
    const { shown, text } = screen();
    await keep(harness)(shown, true);
    expect(text()).toMatch(/^! .*volt.*unauthorized/m);
    expect(text()).toMatch(/render +running .*\n +nebula:pod:/);
    expect(text()).not.toContain('/day');
  });

  it('counts nothing as running or free while its cloud cannot be read', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    harness.world.faults.add({
      cloud: 'volt',
      path: '/pods',
      kind: 'error_before',
      status: 401,
      times: 99,
    });
    const { shown, text } = screen();
    await keep(harness)(shown, true);
    expect(text()).not.toContain('$0');
    expect(text()).toMatch(/^! .*volt.*unauthorized/m);
  });

  it('refuses refs that are wrong or name nothing', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    const { shown } = screen();
    await expect(keep(harness, 'volt:machine:x')(shown)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(keep(harness, 'nebula:pod:x')(shown)).rejects.toMatchObject({ code: 'not_configured' });
    await expect(keep(harness, 'volt:pod:none')(shown)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('as a process ends after SIGTERM with 143', async () => {
    const child = await startProgram(['watch', '--sandbox']);
    await once(child.process.stdout, 'data');
    child.process.kill('SIGTERM');
    expect(await child.ended).toMatchObject({ code: 143, stderr: '' });
  });

  it('shows no control characters of a hostile name', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    outsider(harness, 'x\u001b[2Jy\u202e\r\nz');
    const { shown, text } = screen();
    await keep(harness)(shown, true);
    expect(text()).not.toMatch(/[\u001b\u202e\r]/);
  });
});
