import { setTimeout as pause } from 'node:timers/promises';
import type { CallResult } from '../../src/engine/result.ts';
import { RECOVERY_SAYS } from '../../src/gate/messages.ts';
import type { World } from '../../src/sandbox/world.ts';
import { countEffect, prepare } from '../../testbed/prepare.ts';
import { openServers, type Servers } from '../../testbed/servers.ts';
import type { SharedStore } from '../../testbed/shared-store.ts';
import { SECRETS } from '../../testbed/testbed.ts';
import type { FaultKind } from './kinds.ts';
import type { WriteCase } from './write-case.ts';

/**
 * How a call ended: `done` as the cloud said; `found` by reconciling; `unknown` reported as unknown; `refused` with an error
 * that says that nothing happened.
 */
export type End = 'done' | 'found' | 'unknown' | 'refused';

/** One write under one fault: what was claimed, and what the simulator shows. */
export interface Cell {
  end: End;
  code: string | null;
  /** Requests of this write that the cloud took, refusals with 429 not counted. */
  sent: number;
  /** Refusals with 429. */
  limited: number;
  effects: number;
  /** New lines in the ledger. */
  money: number;
  /** An order of unknown outcome was found and reported by get_spend once the cloud listed what it made. */
  foundLater: boolean;
  /** get_spend counts the use. */
  counted: boolean;
  /** What is not as it must be; empty if all is well. */
  wrong: string[];
}

const globToRegExp = (glob: string) =>
  new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '[^/]+')}$`);

/** The requests of this write that the simulator saw. */
export const writesOf = (world: World, { api, method, path }: WriteCase) =>
  world.requests.filter(
    (request) => request.cloud === api && request.method === method && globToRegExp(path).test(request.path),
  );

/** Puts a fault in the way of a write. */
export function addFaults(world: World, { api, method, path }: WriteCase, { rules }: FaultKind): void {
  for (const rule of rules) world.faults.add({ cloud: api, method, path, ...rule });
}

interface ErrorShape {
  code: string;
  message: string;
  hint: string | null;
  candidates?: string[];
}

function endOf(result: CallResult): { end: End; error: ErrorShape | null } {
  if (!result.isError) {
    return { end: result.structuredContent.reconciled === true ? 'found' : 'done', error: null };
  }
  const error = result.structuredContent.error as ErrorShape;
  return { end: error.code === 'outcome_unknown' ? 'unknown' : 'refused', error };
}

/** What the result claims against what the simulator shows. */
function judge(cell: Cell, { metered }: WriteCase, error: ErrorShape | null, text: string): string[] {
  const claims = cell.end === 'done' || cell.end === 'found';
  const admits = metered && cell.counted && cell.code === 'unexpected_response';
  const checks: [boolean, string][] = [
    [cell.effects <= 1, `took effect ${cell.effects} times`],
    [cell.money <= 1, `moved money ${cell.money} times`],
    [cell.sent <= 1, `was sent ${cell.sent} times`],
    [!claims || cell.effects === 1, 'claims what the cloud does not show'],
    [!metered || cell.effects === 0 || cell.counted, 'is not counted in get_spend'],
    [cell.end !== 'refused' || cell.effects === 0 || admits, 'says that nothing happened, but it did'],
    [
      cell.end !== 'unknown' || (error?.hint !== null && (metered || Array.isArray(error?.candidates))),
      'is unknown without candidates and a next step',
    ],
    [error === null || text.includes(error.code), 'says something else in words'],
    [!text.includes(SECRETS.GPU_MCP_SECRET_GHCR), 'reveals the password'],
  ];
  return checks.flatMap(([good, wrong]) => (good ? [] : [wrong]));
}

async function callUnderFault(
  servers: Servers,
  write: WriteCase,
  fault: FaultKind,
  args: Record<string, unknown>,
) {
  const calling = servers.call(write.tool, args);
  if (fault.timesOut !== undefined) {
    while (writesOf(servers.world, write).length === 0) await pause(2);
    servers.timeOut();
  }
  return calling;
}

/** True if get_spend reports the order once the cloud lists its thing. */
async function laterOf({ world, all, maintain }: Servers): Promise<boolean> {
  world.clock.advance(60);
  await maintain();
  const notices = (await Promise.all(all.map(({ runtime }) => runtime.notices.all()))).flat();
  return notices.some(({ text }) => text.includes(RECOVERY_SAYS.went_through));
}

/** Runs one write under one fault on a sandbox of its own, with one server or, on a shared store, two. */
export async function runCell(
  write: WriteCase,
  fault: FaultKind,
  store: SharedStore | null = null,
): Promise<Cell> {
  const servers = await openServers({ timeouts: 'by hand' }, store);
  const { world, all } = servers;
  try {
    const ready = prepare(world, write.example);
    const effects = () => countEffect(world, write.effect, ready);
    const [moneyBefore, effectsBefore] = [world.ledger.entries.length, effects()];
    if (effectsBefore !== 0) throw new Error(`${write.tool}: the effect shows before the call`);
    addFaults(world, write, fault);
    const result = await callUnderFault(servers, write, fault, ready.args);
    world.faults.clear();
    const { end, error } = endOf(result);
    // An agent that lost the answer hands the token to another server: it gets the outcome, and nothing is sent.
    const repeated = await servers.repeat();
    const foundLater = end === 'unknown' && write.spends && (await laterOf(servers));
    const spent = await all[0].runtime.book.rows();
    await servers.close();
    world.clock.advance(120);
    const requests = writesOf(world, write);
    const limited = requests.filter(({ status }) => status === 429).length;
    const cell: Cell = {
      end,
      code: error?.code ?? null,
      sent: requests.length - limited,
      limited,
      effects: effects(),
      money: world.ledger.entries.length - moneyBefore,
      foundLater,
      counted: spent.some(({ kind }) => kind === 'metered'),
      wrong: [],
    };
    const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    const differs = repeated !== null && repeated.isError !== result.isError;
    const wrong = judge(cell, write, error, text);
    return { ...cell, wrong: differs ? [...wrong, 'says something else when it is repeated'] : wrong };
  } finally {
    await servers.close();
  }
}

/** False if the fault cannot meet the write. */
export const applies = (write: WriteCase, fault: FaultKind): boolean =>
  (fault.onlyNew === undefined || write.listed) && (fault.timesOut === undefined || !write.streams);
