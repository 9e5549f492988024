import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../testbed/server-process.ts';
import { type Attack, within } from './attack.ts';

const MIB = 1024 * 1024;
const START_MS = 30_000;
const SOON_MS = 5_000;
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
};

const post = (url: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', accept: '*/*', ...headers },
  });

/** A session, and how to call a tool in it. */
async function openSession(url: string) {
  const reply = await post(url, JSON.stringify(INITIALIZE));
  await reply.text();
  const headers = { 'mcp-session-id': reply.headers.get('mcp-session-id') ?? '' };
  return (name: string, args: object) =>
    post(
      url,
      JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name, arguments: args } }),
      headers,
    ).then((answer) => answer.text());
}

/** Sends bytes on a socket of its own and leaves it open. */
function raw(url: string, bytes: string, sockets: Socket[]): void {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => socket.write(bytes));
  socket.on('error', () => {});
  sockets.push(socket);
}

/** Requests that an unknown peer on the network, or a caller with few rights, may send. */
const ATTACKS: readonly [string, (url: string, sockets: Socket[]) => Promise<unknown>][] = [
  [
    '200 connections that never finish their headers',
    async (url, sockets) => {
      for (let n = 0; n < 200; n += 1) raw(url, 'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nX-a: ', sockets);
    },
  ],
  [
    '50 bodies that never come',
    async (url, sockets) => {
      const head =
        'POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{';
      for (let n = 0; n < 50; n += 1) raw(url, head, sockets);
    },
  ],
  ['bytes that are no HTTP', async (url, sockets) => raw(url, '\u0016\u0003\u0001'.repeat(1000), sockets)],
  ['a body of 20 MiB', (url) => post(url, 'x'.repeat(20 * MIB)).catch(() => null)],
  ['brackets of 1 MiB', (url) => post(url, '['.repeat(MIB - 1))],
  ['a tool of a name of 900 KiB', async (url) => (await openSession(url))('eyJ-'.repeat(225 * 1024), {})],
  [
    'an argument of a name of 900 KiB',
    async (url) => (await openSession(url))('list_pods', { ['a_'.repeat(450 * 1024)]: 1 }),
  ],
  [
    '50,000 strange arguments',
    async (url) =>
      (await openSession(url))(
        'create_pod',
        Object.fromEntries(Array.from({ length: 50_000 }, (_none, n) => [`max_u${n}`, 1])),
      ),
  ],
  ['100 sessions at once', (url) => Promise.all(Array.from({ length: 100 }, () => openSession(url)))],
  ['a foreign origin', (url) => post(url, JSON.stringify(INITIALIZE), { origin: 'https://evil.example' })],
];

/** A server over HTTP under attack: /healthz answers soon all the while, and it ends on request. */
export const hostileHttp: Attack = {
  name: 'hostile HTTP',
  async run(binary) {
    const wrong: string[] = [];
    const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-http-'));
    const args = [binary, 'serve', '--http', '--sandbox', '--port', '0', '--state-dir', stateDir];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const exit = once(child, 'exit').then(([code]) => Number(code));
    const sockets: Socket[] = [];
    let log = '';
    child.stderr.on('data', (piece: Buffer) => {
      log += piece.toString();
    });
    try {
      await until(() => /"url":"([^"]+)"/.test(log), START_MS, 'the server');
      const url = /"url":"([^"]+)"/.exec(log)?.[1] ?? '';
      const health = url.replace('/mcp', '/healthz');
      for (const [what, attack] of ATTACKS) {
        const attacking = attack(url, sockets).catch((error: unknown) => String(error));
        const status = await within(
          fetch(health).then(({ status: code }) => code),
          SOON_MS,
          null,
        );
        if (status !== 200) wrong.push(`${what}: /healthz says ${status ?? 'nothing'} within ${SOON_MS} ms`);
        if ((await within(attacking, 4 * SOON_MS, null)) === null && child.exitCode !== null)
          wrong.push(`${what}: the server ended`);
      }
      for (const socket of sockets) socket.destroy();
      child.kill('SIGTERM');
      const code = await within(exit, START_MS, null);
      if (code !== 0) wrong.push(`asked to end, it ended with ${code ?? 'nothing in 30 s'}`);
      if (/[\u0080-\u009f]|"level":"error"/.test(log)) wrong.push('errors or raw characters in the log');
    } finally {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
      await rm(stateDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    }
    return { tried: ATTACKS.length, wrong };
  },
};
