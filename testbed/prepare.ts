import type { Args, Before, Case, Effect } from '../examples/example.ts';
import { createJob } from '../src/sandbox/volt/jobs.ts';
import type { World } from '../src/sandbox/world.ts';
import { SECRETS } from './testbed.ts';

/** The arguments of a case, and its texts with the things that it names. */
export interface Prepared {
  args: Record<string, unknown>;
  /** Replaces `$pod`, `$pod.id`, `$GPU_MCP_SECRET_…` anywhere in a value. */
  fill<T>(value: T): T;
}

type Names = Map<string, string>;

const MODEL = 'meta-llama/Llama-3.1-8B-Instruct';

function addPod(world: World, step: Extract<Before, { pod: unknown }>): string {
  const { pod: cloud, name = 'trainer', gpus = 1 } = step;
  if (cloud === 'nebula') {
    const product_id = step.machine ?? 'prd-ca-a6000-1';
    return world.addPod(cloud, { name, product_id, ...(step.state !== undefined && { state: step.state }) });
  }
  const machine_id = step.machine ?? 'mach_rtx4090_02';
  // The pod's GPUs come on top of what the machine has free: an example leaves the stock as it is.
  for (const machine of world.volt.machines) if (machine.id === machine_id) machine.available_gpus += gpus;
  const state = step.state === undefined ? {} : { state: step.state };
  const keys = step.ssh_keys === undefined ? {} : { ssh_keys: step.ssh_keys };
  return world.addPod(cloud, { name, machine_id, gpu_count: gpus, ...state, ...keys });
}

function addJob(
  world: World,
  { job: status, name = 'support-bot', model = MODEL }: { job: string; name?: string; model?: string },
) {
  const { id } = createJob(world, { taskType: 'text', name, model, dsRepo: 'myorg/support-qa', hours: 2 }, 0);
  world.setJobStatus(id, status);
  return id;
}

/** Puts what a step says into the sandbox; the kind and the id of the thing, or null if only time passed. */
function add(world: World, step: Before): { kind: string; cloud: string; id: string } | null {
  if ('pod' in step) return { kind: 'pod', cloud: step.pod, id: addPod(world, step) };
  if ('job' in step) return { kind: 'job', cloud: 'volt', id: addJob(world, step) };
  const created_at = world.clock.iso();
  if ('template' in step) {
    const id = `tpl_${step.template}`;
    world.volt.templates.push({
      id,
      name: step.template,
      image: 'vllm/vllm-openai:v0.8.0',
      category: 'custom',
      is_system: false,
      description: '',
      docker_credential_id: step.docker_credential ?? null,
      ports: [22, 8000],
      env_vars: { HF_HOME: '/root/hf' },
      created_at,
    });
    return { kind: 'template', cloud: 'volt', id };
  }
  if ('api_key' in step) {
    const id = `ak_${step.api_key}`;
    world.volt.api_keys.push({
      id,
      name: step.api_key,
      key: `volt_key_of_${step.api_key}`,
      last_used: null,
      created_at,
    });
    return { kind: 'api_key', cloud: 'volt', id };
  }
  world.clock.advance(step.pass_seconds);
  return null;
}

function fillIn(names: Names, value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$(?:pod|job|template|api_key)(?:\.id)?\b|\$GPU_MCP_SECRET_\w+/g, (name) => {
      const found = names.get(name);
      if (found === undefined) throw new Error(`An example names ${name}, which nothing before it makes.`);
      return found;
    });
  }
  if (Array.isArray(value)) return value.map((one) => fillIn(names, one));
  if (typeof value !== 'object' || value === null || value instanceof RegExp) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillIn(names, one)]));
}

/** Puts the sandbox into the state in which a case begins. Its clock moves on only if the case says so. */
export function prepare(world: World, { before = [], args }: Pick<Case, 'before' | 'args'>): Prepared {
  const names: Names = new Map(Object.entries(SECRETS).map(([name, value]) => [`$${name}`, value]));
  for (const step of before) {
    const made = add(world, step);
    if (made === null) continue;
    names.set(`$${made.kind}`, `${made.cloud}:${made.kind}:${made.id}`);
    names.set(`$${made.kind}.id`, made.id);
  }
  const fill = <T>(value: T): T => fillIn(names, value) as T;
  return { args: fill<Args>(args), fill };
}

interface Row {
  id: string;
  name: string;
  state: string;
}

/** The lists of the sandbox in which an effect shows. */
const ROWS: Readonly<Record<string, (world: World) => Row[]>> = {
  pods: (world) => world.pods.list(),
  jobs: (world) => world.jobs.list().map(({ id, name, status }) => ({ id, name, state: status })),
  'volt.ssh_keys': ({ volt }) => volt.ssh_keys.map(({ id, name }) => ({ id, name, state: '' })),
  'volt.templates': ({ volt }) => volt.templates.map(({ id, name }) => ({ id, name, state: '' })),
  'volt.credentials': ({ volt }) => volt.credentials.map(({ id, name }) => ({ id, name, state: '' })),
  'volt.api_keys': ({ volt }) => volt.api_keys.map(({ id, name }) => ({ id, name, state: '' })),
  'nebula.ssh_keys': ({ nebula }) =>
    nebula.ssh_keys.map(({ id, key_name }) => ({ id: String(id), name: key_name, state: '' })),
  'nebula.api_keys': ({ nebula }) =>
    nebula.api_keys.map(({ id, name }) => ({ id: String(id), name, state: '' })),
};

function rowsOf(world: World, list: string): Row[] {
  const read = ROWS[list];
  if (read === undefined)
    throw new Error(`An example names the list ${list}, which is none of ${Object.keys(ROWS)}.`);
  return read(world);
}

/** How often a write took effect, by what the sandbox shows now. `target`: the ref that the call was given, if any. */
export function countEffect(world: World, effect: Effect, { fill }: Prepared): number {
  if ('debits' in effect) return world.ledger.entries.filter(({ kind }) => kind === 'debit').length;
  if ('acts' in effect)
    return world.nebula.instances.reduce((sum, { actions }) => sum + actions[effect.acts], 0);
  if ('makes' in effect) return rowsOf(world, effect.makes).filter(({ name }) => name === effect.name).length;
  if ('removes' in effect) {
    const id = fill(effect.id);
    return rowsOf(world, effect.removes).some((row) => row.id === id) ? 0 : 1;
  }
  const all = [...rowsOf(world, 'pods'), ...rowsOf(world, 'jobs')];
  return all.filter(({ state }) => effect.brings.includes(state)).length;
}
