/**
 * What serving over HTTP costs: heap of an idle session, and tool calls a second beside the bare SDK over the same
 * transport in the same run. Each server runs in a process of its own, the load comes from this one. Our side does all
 * it does in production: token, Host, Origin, rate, sessions, event store, access log, metrics, redaction.
 * Run: node scripts/run-ts.mjs bench/http.ts [--json]. Exit code 1 where a goal is missed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Pool } from 'undici';
import { startBare, startOurs } from './http/servers.ts';

const SESSIONS = 1000;
const WARM_UP = 5;
const ROUNDS = 40;
const CALLS = 500;
const CONNECTIONS = 16;
const GOAL_KB = 60;
const GOAL_RATIO = 0.9;

type Kind = 'ours' | 'bare' | 'sandbox';
interface Usage {
  heap: number;
  cpuMs: number;
}

/** A server process: says its address, and what it has used whenever it is asked. */
async function serve(which: Kind): Promise<void> {
  setFlagsFromString('--expose_gc');
  const collect: () => void = runInNewContext('gc');
  process.send?.({ url: which === 'bare' ? await startBare() : await startOurs(which === 'ours') });
  process.on('message', (wanted) => {
    if (wanted === 'heap') collect();
    const { user, system } = process.cpuUsage();
    process.send?.({ heap: process.memoryUsage().heapUsed, cpuMs: (user + system) / 1000 });
  });
}

const heard = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve) => child.once('message', (message) => resolve(message as T)));

async function launch(which: Kind) {
  const child = fork(process.argv[1] ?? '', [which], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const { url } = await heard<{ url: string }>(child);
  const pool = new Pool(url, { connections: CONNECTIONS });
  const usage = (wanted: 'heap' | 'cpu'): Promise<Usage> => {
    const answer = heard<Usage>(child);
    child.send(wanted);
    return answer;
  };
  const post = async (body: object, session?: string) => {
    const reply = await pool.request({
      path: '/mcp',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        authorization: 'Bearer bench-token',
        ...(session !== undefined && { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    });
    const text = await reply.body.text();
    if (reply.statusCode >= 300) throw new Error(`${which}: ${reply.statusCode} ${text}`);
    return { session: String(reply.headers['mcp-session-id']), text };
  };
  const open = async (): Promise<string> => {
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: { elicitation: {} },
      clientInfo: { name: 'bench', version: '1' },
    };
    const { session } = await post({ id: 0, method: 'initialize', params });
    await post({ method: 'notifications/initialized' }, session);
    return session;
  };
  return { usage, post, open, kill: () => child.kill('SIGKILL') };
}
type Server = Awaited<ReturnType<typeof launch>>;

/** Heap of one idle session that has listed the tools, bytes. */
async function heapPerSession(): Promise<number> {
  const server = await launch('sandbox');
  const warm = async (count: number) => {
    for (let done = 0; done < count; done += CONNECTIONS) {
      const batch = Array.from({ length: Math.min(CONNECTIONS, count - done) }, async () => {
        await server.post({ id: 1, method: 'tools/list' }, await server.open());
      });
      await Promise.all(batch);
    }
  };
  await warm(64);
  const before = await server.usage('heap');
  await warm(SESSIONS);
  const after = await server.usage('heap');
  server.kill();
  return (after.heap - before.heap) / SESSIONS;
}

interface Load {
  perSecond: number;
  cpuMs: number;
}

/** Calls the echo tool as fast as it goes; calls a second, and the server's CPU time for one. */
async function load(server: Server, session: string, from: number): Promise<Load> {
  const before = await server.usage('cpu');
  const started = performance.now();
  let next = from;
  const caller = async () => {
    while (next < from + CALLS) {
      next += 1;
      const { text } = await server.post(
        { id: next, method: 'tools/call', params: { name: 'echo', arguments: { text: `hello ${next}` } } },
        session,
      );
      if (!text.includes('hello')) throw new Error(`no echo: ${text}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  const seconds = (performance.now() - started) / 1000;
  const after = await server.usage('cpu');
  return { perSecond: CALLS / seconds, cpuMs: (after.cpuMs - before.cpuMs) / CALLS };
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function measure(): Promise<void> {
  const kb = (await heapPerSession()) / 1000;
  const servers = { bare: await launch('bare'), ours: await launch('ours') };
  const sessions = { bare: await servers.bare.open(), ours: await servers.ours.open() };
  const rounds: Record<'bare' | 'ours', Load[]> = { bare: [], ours: [] };
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    // Side by side and in turn first, so that what else the machine does hits both alike.
    for (const which of round % 2 === 0 ? (['bare', 'ours'] as const) : (['ours', 'bare'] as const)) {
      const result = await load(servers[which], sessions[which], 1 + round * CALLS);
      if (round >= WARM_UP) rounds[which].push(result);
    }
  }
  for (const which of ['bare', 'ours'] as const) servers[which].kill();
  const [bare, ours] = [rounds.bare, rounds.ours].map((results) => ({
    calls_per_second: Math.round(median(results.map(({ perSecond }) => perSecond))),
    cpu_ms_per_call: Number(median(results.map(({ cpuMs }) => cpuMs)).toFixed(3)),
  }));
  const ratio = median(
    rounds.ours.map(({ perSecond }, round) => perSecond / (rounds.bare[round]?.perSecond ?? perSecond)),
  );
  const report = {
    heap_kb_per_session: Number(kb.toFixed(1)),
    sessions: SESSIONS,
    bare,
    ours,
    ratio: Number(ratio.toFixed(2)),
  };
  if (process.argv.includes('--json')) console.log(JSON.stringify(report));
  else {
    console.log(
      `heap per idle session (${SESSIONS} sessions): ${report.heap_kb_per_session} kB (goal: at most ${GOAL_KB})`,
    );
    console.log(`bare SDK: ${bare?.calls_per_second} calls/s, ${bare?.cpu_ms_per_call} ms CPU a call`);
    console.log(`ours:     ${ours?.calls_per_second} calls/s, ${ours?.cpu_ms_per_call} ms CPU a call`);
    console.log(`ratio:    ${report.ratio} (goal: at least ${GOAL_RATIO})`);
  }
  if (kb > GOAL_KB || ratio < GOAL_RATIO) process.exitCode = 1;
}

const kind = process.argv[2];
if (kind === 'ours' || kind === 'bare' || kind === 'sandbox') await serve(kind);
else await measure();
