import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '../../src/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { dispatch } from '../../src/engine/dispatch.ts';
import { runMaintenance } from '../../src/engine/maintenance.ts';
import { RECOVERY_SAYS } from '../../src/gate/messages.ts';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { countEffect, prepare } from '../../testbed/prepare.ts';
import { startServer, until } from '../../testbed/server-process.ts';
import type { SharedStore } from '../../testbed/shared-store.ts';
import { SECRETS, STARTS_AT, settingsFor } from '../../testbed/testbed.ts';
import { writesOf } from './cell.ts';
import type { WriteCase } from './write-case.ts';

const START_MS = 60_000;

/** What a killed server left, and what the next one reported. */
export interface KilledCell {
  effects: number;
  money: number;
  sent: number;
  /** The notice about the order; null if there is none. */
  notice: string | null;
  wrong: string[];
}

interface SpendReply {
  spend: { notices?: string[] };
}

/** Starts a server in this process on what another left, does what it does at every start, and asks it get_spend. */
async function nextServer(settings: Record<string, string>) {
  const events: object[] = [];
  const config = readConfig(settings, SECRETS);
  const { runtime, close } = await openRuntime(config, { log: (event) => events.push(event) });
  try {
    await runMaintenance(runtime);
    const { structuredContent } = await dispatch(runtime, {
      name: 'get_spend',
      args: {},
      session: { id: 'next', can_ask: false, ask: async () => ({ kind: 'declined' }) },
      signal: new AbortController().signal,
      progress: () => {},
    });
    const { notices = [] } = (structuredContent as unknown as SpendReply).spend;
    return { notices, log: JSON.stringify(events) };
  } finally {
    await close();
  }
}

/**
 * Kills a server between its order and the reply, starts another on the same state directory and asks it get_spend.
 * `acts`: whether the cloud carries the order out. `store`: the two share it and no directory.
 */
export async function runKilled(
  binary: string,
  write: WriteCase,
  acts: boolean,
  store: SharedStore | null = null,
): Promise<KilledCell> {
  const sandbox = await serveSandbox({ speed: 0, start: STARTS_AT, seed: 1 });
  const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-killed-'));
  const { world } = sandbox;
  const account = store?.account();
  const dirOf = (place: number) => (account === undefined ? stateDir : join(stateDir, `${place}`));
  const settingsOf = (place: number) => ({
    ...settingsFor(sandbox, dirOf(place)),
    ...account?.settings(place),
  });
  try {
    const ready = prepare(world, write.example);
    const effects = () => countEffect(world, write.effect, ready);
    const moneyBefore = world.ledger.entries.length;
    const { api: cloud, method, path } = write;
    const fault: FaultRule = acts ? { kind: 'delay', delay_ms: 120 } : { kind: 'hang' };
    world.faults.add({ cloud, method, path, ...fault });
    const first = await startServer(binary, sandbox, dirOf(0), account?.settings(0));
    const lost = first.call(write.tool, ready.args).catch(() => undefined);
    await until(() => writesOf(world, write).length > 0, START_MS, 'the order');
    await first.kill();
    await lost;
    if (acts) await until(() => effects() > 0, START_MS, 'its effect');
    await store?.forgetAll();
    const { notices, log } = await nextServer(settingsOf(1));
    world.clock.advance(120);
    const notice = notices.find((text) => text.startsWith(startOf(write))) ?? null;
    const cell: KilledCell = {
      effects: effects(),
      money: world.ledger.entries.length - moneyBefore,
      sent: writesOf(world, write).length,
      notice,
      wrong: [],
    };
    return { ...cell, wrong: judge(cell, write, acts, log) };
  } finally {
    await sandbox.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}

const TIME = '<time>';

/** What a notice about this order begins with, up to the time of the order. */
const startOf = ({ tool }: WriteCase): string => RECOVERY_SAYS.ended_during(tool, TIME).split(TIME)[0] ?? '';

function judge(cell: KilledCell, write: WriteCase, acts: boolean, log: string): string[] {
  const { effects, money, sent, notice } = cell;
  const outcome = acts ? RECOVERY_SAYS.went_through : RECOVERY_SAYS.not_found('', '').trim();
  const checks: [boolean, string][] = [
    [effects === (acts ? 1 : 0), `took effect ${effects} times`],
    [money <= 1, `moved money ${money} times`],
    [sent === 1, `was sent ${sent} times`],
    [notice?.includes(outcome) === true, `get_spend shows: ${notice}`],
    [log.includes(startOf(write)), 'the log does not show it'],
  ];
  return checks.flatMap(([good, wrong]) => (good ? [] : [wrong]));
}
