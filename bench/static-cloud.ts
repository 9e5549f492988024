import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';

const REGIONS = ['US-East', 'US-West', 'EU-West', 'EU-North', 'AP-South'];
const GPUS = ['H100 80GB', 'A100 80GB', 'RTX 4090', 'L40S', 'H200'];
const pick = <T>(from: readonly T[], at: number): T | undefined => from[at % from.length];

/** Replies of Volt's form with as many rows as wanted (Volt API Reference, Pods API and Machines). */
const pods = (count: number) => ({
  pods: Array.from({ length: count }, (_, at) => ({
    id: `pod_${(0xabc123 + at * 7919).toString(16)}`,
    name: `training-run-${at + 1}`,
    status: at % 7 === 0 ? 'stopped' : 'running',
    provider: 'lium',
    gpu_type: pick(GPUS, at),
    gpu_count: 1 + (at % 8),
    cost_per_hour: 0.39 + (at % 20) / 10,
    created_at: '2026-03-28T14:00:00Z',
    ip: `203.0.113.${at % 250}`,
    ssh_port: 20_000 + at,
  })),
  total: count,
});

const machines = (count: number) => ({
  machines: Array.from({ length: count }, (_, at) => ({
    id: `mach_${(0x4f00 + at * 104_729).toString(16)}_${at}`,
    gpu_type: pick(GPUS, at),
    gpu_count: 8,
    gpu_vram_gb: 80,
    cpu_cores: 128,
    ram_gb: 512,
    storage_gb: 8000,
    cost_per_gpu_hour: 0.39 + (at % 40) / 10,
    available_gpus: 1 + (at % 8),
    location: pick(REGIONS, at),
    provider: at % 9 === 0 ? 'targon' : 'lium',
  })),
  total: count,
});

/** The process of the cloud: `/pods/N/pods` answers with N pods, `/machines/N/machines` with N machines, `/pods/N/ssh-keys` with none. */
export async function serveStaticCloud(): Promise<void> {
  const bodies = new Map<string, string>();
  const bodyOf = (path: string): string => {
    const known = bodies.get(path);
    if (known !== undefined) return known;
    const [, , count = '0', what] = path.split('/');
    const body =
      what === 'pods'
        ? pods(Number(count))
        : what === 'machines'
          ? machines(Number(count))
          : { ssh_keys: [] };
    bodies.set(path, JSON.stringify(body));
    return bodyOf(path);
  };
  const server = createServer((request, response) => {
    const body = bodyOf(request.url ?? '');
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  process.send?.({ url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}` });
}

/** A process of this program in another role; resolves with the address that it tells. */
export async function forkRole(role: string): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(process.argv[1] ?? '', [role], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--expose-gc'],
  });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { url, child };
}
