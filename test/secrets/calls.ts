import type { World } from '../../src/sandbox/world.ts';
import { GATED_CALLS } from '../gate/gated-calls.ts';
import { VALUES } from './planted.ts';

/** One call of a run: its arguments may need a look at the world. */
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

const anyPod = (world: World, cloud: 'volt' | 'nebula') => {
  const found = world.pods.list(cloud).find(({ deleted_at }) => deleted_at === null);
  return `${cloud}:pod:${found?.id}`;
};
const anyJob = (world: World) => `volt:job:${world.jobs.list()[0]?.id}`;

/** Calls that read, use, or change without asking. */
export const FREE_CALLS: readonly Call[] = [
  call('list_machines', { limit: 100 }),
  call('list_images', { limit: 100 }),
  call('list_pods', { limit: 100 }),
  call('list_pods', { deleted: true }),
  call('get_pod', (world) => ({ pod: anyPod(world, 'volt') })),
  call('get_pod', (world) => ({ pod: anyPod(world, 'nebula') })),
  call('wait_for', (world) => ({ ref: anyPod(world, 'nebula'), timeout_seconds: 1 })),
  call('wait_for', (world) => ({ ref: anyJob(world), timeout_seconds: 1 })),
  call('list_jobs'),
  call('get_job', (world) => ({ job: anyJob(world) })),
  call('get_spend'),
  call('list_ssh_keys'),
  call('list_templates'),
  call('get_template', { template: 'volt:template:tpl_custom_01' }),
  call('list_docker_credentials'),
  call('get_docker_credential', { docker_credential: 'volt:docker_credential:cred_abc123' }),
  call('list_api_keys'),
  call('list_invoices'),
  call('download_invoice', { invoice: 'nebula:invoice:301' }),
  call('list_payments'),
  call('list_models'),
  call('generate_text', { model: 'meta-llama/Llama-3.3-70B-Instruct', prompt: 'hello' }),
  call('generate_image', {
    model: 'black-forest-labs/FLUX.1-schnell',
    prompt: 'a lighthouse',
    width: 64,
    height: 64,
  }),
  call('embed_text', { model: 'WhereIsAI/UAE-Large-V1', input: ['hello'] }),
  call('create_template', { name: 'mine', image: 'ghcr.io/a/b:1', env_vars: { TOKEN: VALUES.env } }),
  call('rename_ssh_key', { ssh_key: 'nebula:ssh_key:73', name: 'desk' }),
];

/** Calls that ask first, with what a person gives away in them. */
export const ASKING_CALLS: readonly Call[] = [
  ...GATED_CALLS.map(({ tool, args }) => ({ tool, args })),
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
