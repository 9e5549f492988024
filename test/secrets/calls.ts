import type { World } from '../../src/sandbox/world.ts';
import { CASES, type ToolCase } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { VALUES } from './planted.ts';

/** One call of a run: its arguments may depend on the state of the simulator. */
export interface Call {
  tool: string;
  args: (world: World) => Record<string, unknown>;
}

const call = (
  tool: string,
  args: Record<string, unknown> | ((world: World) => Record<string, unknown>) = {},
): Call => ({
  tool,
  args: typeof args === 'function' ? args : () => args,
});

const fromExample = (example: ToolCase): Call =>
  call(example.tool.name, (world) => prepare(world, example).args);

const anyPod = (world: World, cloud: 'volt' | 'nebula') => {
  const found = world.pods.list(cloud).find(({ deleted_at }) => deleted_at === null);
  return `${cloud}:pod:${found?.id}`;
};
const anyJob = (world: World) => `volt:job:${world.jobs.list()[0]?.id}`;

/** Calls that read, use, or change without asking. */
export const FREE_CALLS: readonly Call[] = [
  ...CASES.filter(({ tool }) => !tool.gated).map(fromExample),
  call('list_machines', { limit: 100 }),
  call('list_pods', { limit: 100 }),
  call('get_pod', (world) => ({ pod: anyPod(world, 'volt') })),
  call('get_pod', (world) => ({ pod: anyPod(world, 'nebula') })),
  call('get_job', (world) => ({ job: anyJob(world) })),
  call('create_template', { name: 'mine', image: 'ghcr.io/a/b:1', env_vars: { TOKEN: VALUES.env } }),
];

/** Calls that ask first, in which a person gives a secret away. */
export const GIVING_CALLS: readonly Call[] = [
  call('add_docker_credential', {
    name: 'literal',
    registry: 'ghcr.io',
    username: 'me',
    password: VALUES.registry_literal,
  }),
  call('update_template', {
    template: 'volt:template:tpl_custom_01',
    env_vars: { TOKEN: VALUES.env, NEXT: VALUES.env },
  }),
];

/** Calls that ask first. */
export const ASKING_CALLS: readonly Call[] = [
  ...GIVING_CALLS,
  ...CASES.filter(({ tool }) => tool.gated).map(fromExample),
];

const PRIVATE_KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\n${VALUES.env}\n-----END OPENSSH PRIVATE KEY-----`;

/** Calls that fail, each in a way of its own. */
export const FAILING_CALLS: readonly Call[] = [
  call('no_such_tool', { password: VALUES.env }),
  call('get_pod', { pod: 'volt:pod:none' }),
  call('get_pod', { pod: `volt:pod:../${VALUES.env.slice(0, 3)}` }),
  call('get_job', { job: 'volt:job:none' }),
  call('delete_pod', { pod: 'nebula:pod:none' }),
  call('cancel_job', (world) => ({ job: anyJob(world) })),
  call('create_pod', { name: 'x', machine: 'volt:machine:none', template: 'volt:template:none' }),
  call('add_ssh_key', { cloud: 'volt', name: 'bad', public_key: PRIVATE_KEY }),
  call('add_docker_credential', {
    name: 'x',
    registry: 'not a host',
    username: 'me',
    password: VALUES.registry_literal,
  }),
  call('add_docker_credential', { name: 'x', registry: 'ghcr.io', username: 'me', password_env: 'HOME' }),
  call('create_template', {
    name: 'x',
    image: 'ghcr.io/a/b:1',
    env_vars: { [`A=${VALUES.env}`]: VALUES.env },
  }),
  call('generate_text', { model: 'none/such', prompt: 'hello' }),
  call('download_invoice', { invoice: 'nebula:invoice:1' }),
  call('get_docker_credential', { docker_credential: 'volt:docker_credential:none' }),
];
