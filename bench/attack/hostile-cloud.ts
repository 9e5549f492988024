import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { ENDS } from '../../src/tools/pods/acts.ts';
import { startServer } from '../../testbed/server-process.ts';
import { type Attack, within } from './attack.ts';

const MIB = 1024 * 1024;
const SOON_MS = 60_000;
const MAX_RSS_MB = 900;
const KEY = 'volt_attack_key_0123456789';

const json =
  (body: string): RequestListener =>
  (_request, reply) => {
    reply.setHeader('content-type', 'application/json');
    reply.end(body);
  };
const named = (name: string): string =>
  JSON.stringify({ pods: [{ id: 'p1', name, status: 'running', gpu_type: name, message: name }], total: 1 });

/** What the cloud answers to everything. */
const REPLIES: readonly [string, (elsewhere: string) => RequestListener][] = [
  ['a page of HTML', () => (_q, reply) => void reply.end('<html><h1>It works!</h1></html>')],
  ['404 as HTML', () => (_q, reply) => void reply.writeHead(404).end('<html>nginx</html>')],
  ['a redirect to another host', (to) => (_q, reply) => void reply.writeHead(302, { location: to }).end()],
  ['null', () => json('null')],
  ['a number', () => json('42')],
  ['a list where an object is due', () => json('[[[]]]')],
  ['lists nested 100,000 deep', () => json('['.repeat(100_000) + ']'.repeat(100_000))],
  ['9 MiB of JSON', () => json(`"${'x'.repeat(9 * MIB)}"`)],
  ['a name of 4 MiB in the form of a key', () => json(named('volt_...'.repeat(MIB / 2)))],
  ['a name of 4 MiB in the form of a token', () => json(named('eyJ-'.repeat(MIB)))],
  ['names that move the cursor', () => json(named('\u001b[2J\u009b31m\u202etrainer\u2028'))],
  ['keys of the prototype', () => json('{"__proto__":{"pods":[]},"constructor":{"prototype":{"x":1}}}')],
  [
    'half a body',
    () => (_q, reply) => {
      reply
        .writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
        .write('{"pods":[');
      setTimeout(() => reply.destroy(), 20);
    },
  ],
  ['bytes that are no UTF-8', () => (_q, reply) => void reply.end(Buffer.from([0xff, 0xfe, 0x80, 0x7b]))],
];

const CALLS: readonly [string, Record<string, unknown>][] = [
  ['list_pods', { cloud: 'volt' }],
  ['list_machines', { cloud: 'volt' }],
  ['get_pod', { pod: 'volt:pod:p1' }],
  ['delete_pod', { pod: 'volt:pod:p1' }],
];

const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Replies that no cloud should send: each call is answered, without the key, and the server goes on. */
export const hostileCloud: Attack = {
  name: 'a cloud that answers with nonsense',
  async run(binary) {
    const wrong: string[] = [];
    let answer: RequestListener = json('{}');
    const visits: string[] = [];
    const cloud = createServer((request, reply) => answer(request, reply)).listen(0, '127.0.0.1');
    const other = createServer((request, reply) => {
      visits.push(JSON.stringify(request.headers));
      reply.end('{}');
    }).listen(0, '127.0.0.1');
    const portOf = (server: typeof cloud) => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : 0;
    };
    const sandbox = await serveSandbox({ speed: 0 });
    const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-cloud-'));
    const server = await startServer(binary, sandbox, stateDir, {
      VOLT_API_KEY: KEY,
      VOLT_BASE_URL: `http://127.0.0.1:${portOf(cloud)}/api/volt`,
    });
    let tried = 0;
    try {
      for (const [what, make] of REPLIES) {
        answer = make(`http://127.0.0.1:${portOf(other)}/api/volt/pods`);
        const attack = async ([tool, args]: (typeof CALLS)[number]) => {
          tried += 1;
          const result = await within(server.call(tool, args), SOON_MS, null);
          const text = JSON.stringify(result?.content ?? '');
          if (result === null) wrong.push(`${tool}, ${what}: no answer`);
          if (text.includes(KEY)) wrong.push(`${tool}, ${what}: the key is in the answer`);
          if (/[\u0080-\u009f\u202a-\u202e]|\\u001b/.test(text))
            wrong.push(`${tool}, ${what}: raw characters`);
          if (tool === 'delete_pod' && text.includes(ENDS.deleted('').trim()))
            wrong.push(`${what}: "deleted" is claimed`);
        };
        await Promise.all(CALLS.map(attack));
      }
      if (visits.length > 0) wrong.push(`a redirect was followed: ${visits.length} requests`);
      if (rssOf(server.pid) > MAX_RSS_MB) wrong.push(`${Math.round(rssOf(server.pid))} MiB of memory`);
      if (server.stderr().includes(KEY)) wrong.push('the key is in the log');
      await server.close();
    } finally {
      cloud.closeAllConnections();
      cloud.close();
      other.close();
      await sandbox.close();
      await rm(stateDir, { recursive: true, force: true });
    }
    return { tried, wrong };
  },
};
