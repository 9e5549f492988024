import { createServer, type IncomingMessage } from 'node:http';

/** One request as it came. */
export interface Seen {
  method: string;
  path: string;
  key: string | null;
  body: unknown;
}

interface AcmePod {
  id: string;
  label: string;
  status: 'booting' | 'up' | 'halted';
  usd_hour: number;
  ip: string | null;
}

/** The simulated cloud, on loopback. A pod is up after it was read twice. */
export interface Simulator {
  url: string;
  key: string;
  seen: Seen[];
  close(): Promise<void>;
}

const PRODUCTS = [
  { sku: 'a100-1', gpu: 'A100', usd_hour: 1.5, free: 4 },
  { sku: 'l4-1', gpu: 'L4', usd_hour: 0.4, free: 0 },
];

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
}

/** Starts the simulator. It is written from its own idea of Acme and imports nothing of the client. */
export async function serveAcme(): Promise<Simulator> {
  const key = 'acme-sk-12345678abcd';
  const pods = new Map<string, AcmePod & { reads: number }>();
  const keys = [{ id: 'k1', label: 'laptop', public: 'ssh-ed25519 AAAA' }];
  const seen: Seen[] = [];
  const readPod = (pod: AcmePod & { reads: number }): AcmePod => {
    pod.reads += 1;
    if (pod.status === 'booting' && pod.reads > 2) Object.assign(pod, { status: 'up', ip: '203.0.113.9' });
    const { reads: _reads, ...wire } = pod;
    return wire;
  };
  const answer = (method: string, path: string, body: Record<string, string>): unknown => {
    if (path === '/products') return PRODUCTS;
    if (path === '/keys') return keys;
    if (path === '/pods' && method === 'GET') return [...pods.values()].map(readPod);
    if (path === '/pods') {
      const product = PRODUCTS.find(({ sku }) => sku === body.sku);
      if (product === undefined) return null;
      const pod = { id: `p${pods.size + 1}`, label: body.label ?? '', status: 'booting' as const, ip: null };
      pods.set(pod.id, { ...pod, usd_hour: product.usd_hour, reads: 0 });
      return { ...pod, usd_hour: product.usd_hour };
    }
    const [, id = '', action] = /^\/pods\/([^/]+)(?:\/(start|stop))?$/.exec(path) ?? [];
    const pod = pods.get(id);
    if (pod === undefined) return null;
    if (method === 'GET') return readPod(pod);
    if (method === 'DELETE') pods.delete(id);
    else pod.status = action === 'stop' ? 'halted' : 'up';
    return { ok: true };
  };
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    const body = await bodyOf(request);
    const given = headers['x-acme-key'];
    seen.push({ method, path: url, key: typeof given === 'string' ? given : null, body });
    const found = given === key ? answer(method, url.replace(/^\/v2/, ''), body) : undefined;
    const status = found === undefined ? 401 : found === null ? 404 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(status === 200 ? found : { problem: status === 401 ? 'wrong key' : 'no such thing' }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v2`,
    key,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
