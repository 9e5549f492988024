import { VOLT_CODES } from '../constants.ts';
import { type Endpoint, planted, Refusal, type Reply } from '../endpoint.ts';
import type { World } from '../world.ts';

/** The row with this id, or 404: "does not exist or does not belong to your account" (Volt API Reference, Error Codes). */
export function need<T extends { id: string }>(rows: readonly T[], noun: string, id: string): T {
  const row = rows.find((candidate) => candidate.id === id);
  if (row === undefined) throw new Refusal(404, VOLT_CODES.not_found, `${noun} "${id}" not found.`);
  return row;
}

/** 400 for a move that the present state does not allow; not documented, our choice. */
export function wrongState(message: string): Refusal {
  return new Refusal(400, VOLT_CODES.state, message);
}

/** 402: "insufficient account balance" (Volt API Reference, Error Codes). */
export function noFunds(needed: number): Refusal {
  const amount = needed.toFixed(2);
  return new Refusal(
    402,
    VOLT_CODES.funds,
    `Insufficient balance: $${amount} needed. Add funds via the billing page.`,
  );
}

/** `{error,status,message,code}`, all four on every error (Volt API Reference, Error Response Format). */
export function envelope(refusal: Refusal, world: World) {
  const { status, code } = refusal;
  return { status, body: { error: true, status, message: planted(world, refusal.message), code } };
}

const isJob = (endpoint: Endpoint) => endpoint.path.startsWith('/fine-tuning');

/** The endpoint, except that a drift switch takes fine-tuning away. */
export function withoutJobs(endpoint: Endpoint): Endpoint {
  if (!isJob(endpoint)) return endpoint;
  return {
    ...endpoint,
    handle(call) {
      if (call.world.drift.volt_jobs_unavailable)
        throw new Refusal(503, VOLT_CODES.unavailable, 'Fine-tuning is not available on this account.');
      return endpoint.handle(call);
    },
  };
}

type Row = Record<string, unknown>;

function podList(body: Row, world: World): unknown {
  const shape = world.drift.volt_list_shape;
  if (shape === 'empty_object') return {};
  if (shape === 'null') return { pods: null };
  return shape === 'bare_array' ? body.pods : body;
}

function marketRows(world: World): Row {
  const machines = world.volt.machines.map((machine) => ({
    name: machine.id,
    price: machine.cost_per_gpu_hour,
    rental_rate: machine.cost_per_gpu_hour,
    p_min: machine.cost_per_gpu_hour / 2,
    p_max: machine.cost_per_gpu_hour * 2,
    base_price: machine.cost_per_gpu_hour,
    total_gpu_count: machine.gpu_count,
    k: 1,
    resource_name: `${machine.gpu_type.split(' ')[0]?.toLowerCase()}-small`,
    gpu_type: `NVIDIA-${machine.gpu_type.replaceAll(' ', '-')}`,
    gpu_count: 1,
    vcpu: Math.floor((machine.cpu_cores * 1000) / machine.gpu_count),
    memory: Math.floor((machine.ram_gb * 1000) / machine.gpu_count),
    confidential_compute: machine.provider === 'targon',
  }));
  return { machines, total: machines.length };
}

/** The reply in the shape that the drift switches ask for. */
export function reshape(endpoint: Endpoint, reply: Reply, world: World): Reply {
  if (!('json' in reply) || typeof reply.json !== 'object' || reply.json === null || isJob(endpoint))
    return reply;
  const route = `${endpoint.method} ${endpoint.path}`;
  let body: unknown = reply.json;
  if (route === 'GET /pods') body = podList({ ...reply.json }, world);
  if (route === 'GET /machines' && world.drift.volt_machine_rows) body = marketRows(world);
  if (world.drift.volt_envelope) body = { success: true, data: body };
  return { status: reply.status, json: body };
}
