import { setMaxListeners } from 'node:events';
import { openRuntime } from '../../app.ts';
import type { SettingFlags } from '../../config/read.ts';
import { GpuError } from '../../core/errors.ts';
import type { Target, Watching } from '../../core/live.ts';
import type { Job, Pod } from '../../core/model.ts';
import { kindOf, parseRef } from '../../core/ref.ts';
import type { Runtime } from '../../engine/runtime.ts';
import { readPersonConfig } from '../person-config.ts';
import { resolveRefs } from '../resolve.ts';
import { untilInterrupted } from '../terminal/exit.ts';
import { type Paint, safe, screenOf } from '../terminal/screen.ts';
import {
  changeLine,
  createWatchRows,
  tableLines,
  totalLine,
  type WatchRow,
  type WatchRows,
} from './watch-table.ts';

/** Where the table is shown. `size` is read each time, because a window can change. */
export interface WatchScreen {
  write: (text: string) => void;
  /** Redraws in place; otherwise one line is written for each change. */
  isTerminal: boolean;
  paint: Paint;
  size: () => { columns: number; lines: number };
}

/** The parts of a runtime that a watch needs. */
type WatchRuntime = Pick<Runtime, 'clouds' | 'poller' | 'now' | 'sandbox' | 'redact'>;

const REDRAW_MS = 1_000;
const HOLD_MS = 60_000;

/** The refs as targets, or all pods and jobs. @throws GpuError `invalid_input`, `not_configured` */
function targetsFor({ clouds }: WatchRuntime, refs: readonly string[]): Target<'pod' | 'job'>[] {
  if (refs.length === 0) {
    return clouds
      .all()
      .flatMap((cloud) => [
        { cloud: cloud.id, kind: 'pod' as const, id: null },
        ...(cloud.jobs === undefined ? [] : [{ cloud: cloud.id, kind: 'job' as const, id: null }]),
      ]);
  }
  return refs.map((ref) => {
    const kind = kindOf(ref) === 'job' ? 'job' : 'pod';
    const { cloud, id } = parseRef(ref, kind, 'ref');
    clouds.get(cloud);
    return { cloud, kind, id };
  });
}

interface Picture {
  rows: WatchRows;
  /** Why pods or jobs are unknown now, by cloud and kind. */
  troubles: Map<string, string>;
  gone: Set<string>;
}

/** Follows one target and updates the rows; calls `changed` after each change. */
function follow(
  runtime: WatchRuntime,
  { rows, troubles, gone }: Picture,
  { cloud, kind, id }: Target<'pod' | 'job'>,
  changed: () => void,
): Watching<unknown> {
  const { poller } = runtime;
  const key = `${cloud} ${kind}`;
  const show = (things: readonly (Pod | Job)[]) => rows.set(things, id !== null);
  const watching = poller.watch(
    { cloud, kind, id },
    {
      onError(error) {
        troubles.set(
          key,
          safe(`${cloud} cannot be read now: ${runtime.redact(`${error.code}: ${error.message}`)}`),
        );
        changed();
      },
      onPoll() {
        if (troubles.delete(key)) changed();
      },
      onChanges(changes) {
        show(changes.map(({ thing }) => thing));
        for (const { what, thing } of changes) {
          if (what !== 'gone') continue;
          rows.drop(thing.ref);
          gone.add(thing.ref);
        }
        changed();
      },
    },
  );
  watching.first.then(show, () => {});
  return watching;
}

/** Redraws the table, or writes its changes as lines. */
function createPainter(
  runtime: WatchRuntime,
  { rows, troubles, gone }: Picture,
  once: boolean,
  screen: WatchScreen,
) {
  let drawn = 0;
  let shown = new Map<string, WatchRow>();
  let total = '';
  const sums = () => {
    const isUnread = (kind: string) => [...troubles.keys()].some((key) => key.endsWith(` ${kind}`));
    return {
      burn: isUnread('pod') ? null : rows.burn(),
      debits: isUnread('job') ? null : rows.debits(),
      notes: [...new Set(troubles.values())],
    };
  };
  const known = (row: WatchRow) => `${row.state} ${row.name} ${row.usd_per_hour} ${row.ssh}`;

  const draw = () => {
    const facts = {
      title: [
        `gpu-cloud-mcp watch  ${runtime.now().toISOString().slice(11, 19)} UTC`,
        ...(runtime.sandbox ? ['sandbox: no real money'] : []),
        ...(screen.isTerminal && !once ? ['Ctrl-C ends it'] : []),
      ].join('  ·  '),
      ...sums(),
    };
    const lines = tableLines(rows.rows(), facts, { ...screen.size(), paint: screen.paint });
    const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
    screen.write(
      screen.isTerminal
        ? `${up}\r${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`
        : `${lines.join('\n')}\n`,
    );
    drawn = lines.length;
  };

  const printChanges = () => {
    const at = runtime.now();
    const next = new Map(rows.rows().map((row) => [row.ref, row]));
    for (const row of next.values()) {
      const before = shown.get(row.ref);
      if (before === undefined || known(before) !== known(row))
        screen.write(`${changeLine(at, row, before?.state ?? null)}\n`);
    }
    for (const ref of shown.keys()) {
      if (gone.has(ref)) screen.write(`${at.toISOString()}  ${ref}  is deleted\n`);
    }
    shown = next;
    const { notes, ...facts } = sums();
    const sum = [...notes.map((note) => `! ${note}`), totalLine(facts)].join('\n');
    if (sum !== total) screen.write(`${sum}\n`);
    total = sum;
  };
  return { draw, printChanges };
}

/**
 * Shows pods and jobs until the signal aborts, until all that are named (by refs, names, ids or `gpu://` URIs) are
 * at rest, or with `once` a single time. @throws GpuError if nothing could be read or is so named
 */
export async function watchOn(
  runtime: WatchRuntime,
  named: readonly string[],
  once: boolean,
  screen: WatchScreen,
  signal: AbortSignal,
): Promise<void> {
  // All pods are read under this signal: dozens of listeners are no leak, and Node's warning would disturb the table.
  setMaxListeners(0, signal);
  const refs = await resolveRefs(runtime.clouds, named, ['pod', 'job'], signal);
  const targets = targetsFor(runtime, refs);
  const rows = createWatchRows(runtime.clouds, () => runtime.now().getTime());
  const picture: Picture = { rows, troubles: new Map(), gone: new Set() };
  const { draw, printChanges } = createPainter(runtime, picture, once, screen);
  let wake = () => {};
  let stale = true;
  const changed = () => {
    stale = true;
    wake();
  };
  const watching = targets.map((target) => follow(runtime, picture, target, changed));
  const stopAll = () => {
    for (const { stop } of watching) stop();
  };
  const aborted = () => {
    stopAll();
    wake();
  };
  signal.addEventListener('abort', aborted);
  try {
    const firsts = await Promise.allSettled(watching.map(({ first }) => first));
    if (signal.aborted) return;
    const failed = firsts.flatMap((first) => (first.status === 'rejected' ? [first.reason] : []));
    if (failed.length === firsts.length && (once || refs.length > 0)) throw failed[0];
    const absent = refs.filter((_ref, place) => {
      const first = firsts[place];
      return first?.status === 'fulfilled' && first.value.length === 0;
    });
    if (absent.length > 0) throw new GpuError('not_found', `${absent.join(', ')}: not found.`);
    for (;;) {
      if (stale) {
        stale = false;
        await rows.refresh(signal);
        if (!screen.isTerminal && !once) printChanges();
      }
      if (screen.isTerminal || once) draw();
      const atRest = new Set(rows.rows().flatMap((row) => (row.isAtRest ? [row.ref] : [])));
      const isDone = refs.length > 0 && refs.every((ref) => atRest.has(ref) || picture.gone.has(ref));
      if (once || isDone || signal.aborted) return;
      await new Promise<void>((resolve) => {
        const cancel = runtime.poller.after(screen.isTerminal ? REDRAW_MS : HOLD_MS, resolve);
        wake = () => {
          cancel();
          resolve();
        };
        if (stale || signal.aborted) wake();
      });
    }
  } finally {
    stopAll();
    signal.removeEventListener('abort', aborted);
  }
}

/**
 * `gpu-cloud-mcp watch`: a live table on a terminal, plain lines of change elsewhere. Ctrl-C ends it with exit code 130.
 * @throws ConfigError
 */
export async function watch(flags: SettingFlags, refs: readonly string[], once: boolean): Promise<void> {
  const { runtime, close } = await openRuntime(readPersonConfig({ GPU_MCP_LOG_LEVEL: 'silent', ...flags }));
  const { signal } = untilInterrupted();
  const { isTerminal, paint } = screenOf(process.stdout);
  try {
    await watchOn(
      runtime,
      refs,
      once,
      {
        write: (text) => process.stdout.write(text),
        isTerminal,
        paint,
        size: () => screenOf(process.stdout),
      },
      signal,
    );
  } finally {
    await close();
  }
}
