import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reachWithKeys } from '../../src/http/operations.ts';
import { keptSessions, nameOf } from '../../src/http/shared-sessions.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { startHarness } from '../harness.ts';
import { testClock } from '../store/clock.ts';
import { soon, start, tempDir } from './start.ts';
import { INITIALIZE, openWire, post } from './wire.ts';

const DAY_MS = 86_400_000;
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe.each([-DAY_MS, DAY_MS])('a wall clock that jumps by %i ms', (wrong) => {
  it('does not keep a withdrawn token, nor keep out a new one', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:first-token\n');
    const clock = { ahead: 0, wrong: 0 };
    const { mcp } = await start({ config: { GPU_MCP_HTTP_TOKEN_FILE: file }, clock });
    const session = await openWire(mcp, bearer('first-token'));
    clock.wrong = wrong;
    await writeFile(`${file}.new`, 'anna:second-token\n');
    await rename(`${file}.new`, file);
    await soon(async () => (await session.send('ping')).status).toBe(401);
    expect((await post(mcp, INITIALIZE, bearer('second-token'))).status).toBe(200);
  });

  it('does not make /readyz repeat an old answer', async () => {
    const clock = { ahead: 0, wrong: 0 };
    const { url, sandbox } = await start({ clock });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await sandbox.close();
    clock.wrong = wrong;
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    clock.ahead = 16_000;
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
  });

  it('ends no session early', async () => {
    const clock = { ahead: 0, wrong: 0 };
    const { mcp, logs } = await start({ clock, limits: { sweepMs: 5 } });
    const session = await openWire(mcp);
    clock.wrong = wrong;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect((await session.send('ping')).status).toBe(200);
    clock.ahead = 61 * 60_000;
    await soon(() => logs.some(({ msg }) => msg === 'session ended')).toBe(true);
    expect((await session.send('ping')).status).toBe(404);
  });
});

it('a restored session keeps its age, whatever the wall clock says', async () => {
  const { clock, advance, jump } = testClock();
  const store = createMemoryStore({ clock });
  const kept = keptSessions(store, { idleMs: 10 * DAY_MS, unconfirmedMs: DAY_MS, sessionsPerCaller: 9 });
  const record = { initialize: {}, answersJson: true, opened: await store.moment(), watched: [] };
  await kept.save('id', 'anna', record, true);
  for (const wrong of [-DAY_MS, DAY_MS]) {
    jump(wrong);
    expect(await kept.load('id', 'anna')).toEqual({ record, age_ms: 0 });
  }
  advance(DAY_MS);
  expect(await kept.load('id', 'anna')).toEqual({ record, age_ms: DAY_MS });
  // As version 0.1 before this one wrote it.
  await store.sessions.put(nameOf('old'), 'anna', { ...record, opened: clock.wall() - 1000 }, DAY_MS);
  expect(await kept.load('old', 'anna')).toMatchObject({ age_ms: 1000 });
});

describe('readiness', () => {
  it('blames the cloud that does not answer, and not the other', async () => {
    const { runtime, world } = await startHarness();
    world.faults.add({ cloud: 'volt', kind: 'hang', times: 50 });
    const { clouds, usdPerHour } = await reachWithKeys(runtime, 200);
    expect(Object.fromEntries(clouds.map(({ cloud, fault }) => [cloud, fault]))).toEqual({
      volt: 'timeout',
      nebula: null,
    });
    expect(usdPerHour).toBeNull();
  });
});
