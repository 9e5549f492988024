import type { World } from '../../src/sandbox/world.ts';
import type { Dice } from './dice.ts';

/** One call that a run may make. Null from `args`: there is nothing to call it on now. */
export interface Action {
  tool: string;
  weight: number;
  args: (world: World, dice: Dice, name: string) => Record<string, unknown> | null;
}

const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDYldD1+FsDVsv9xIDrp37RLlv64ZUvDe+XkdW4k7FMm someone@example';

const lease = (dice: Dice) => (dice.chance(0.3) ? { max_lifetime_hours: dice.between(1, 6) / 2 } : {});
const livePods = (world: World) => world.pods.list().filter((pod) => pod.deleted_at === null);

/** A live pod; now and then one that does not exist. */
function pod(world: World, dice: Dice, cloud?: 'volt' | 'nebula'): Record<string, unknown> | null {
  if (dice.chance(0.05)) return { pod: `${cloud ?? 'volt'}:pod:gone` };
  const chosen = dice.pick(livePods(world).filter((one) => cloud === undefined || one.cloud === cloud));
  return chosen === undefined ? null : { pod: `${chosen.cloud}:pod:${chosen.id}` };
}

const anyPod: Action['args'] = (world, dice) => pod(world, dice);

const oneOf = (dice: Dice, field: string, refs: readonly string[]): Record<string, unknown> | null => {
  const ref = dice.pick(refs);
  return ref === undefined ? null : { [field]: ref };
};

const read = (tool: string, weight: number, args: Action['args'] = () => ({})): Action => ({
  tool,
  weight,
  args,
});

/** Everything that a run does, with how often. */
export const ACTIONS: readonly Action[] = [
  {
    tool: 'create_pod',
    weight: 8,
    args: (_world, dice, name) => ({
      name,
      machine: dice.pick([
        'volt:machine:mach_rtx3090_01',
        'volt:machine:mach_rtx4090_02',
        'volt:machine:mach_l40s_01',
      ]),
      template: 'volt:template:tpl_pytorch21',
      ...lease(dice),
    }),
  },
  {
    tool: 'create_pod',
    weight: 5,
    args: (_world, dice, name) => ({
      name,
      machine: dice.pick(['nebula:machine:prd-ca-a6000-1', 'nebula:machine:prd-ca-a6000-2']),
      image: 'nebula:image:img-ca1-ubuntu2204',
      ssh_keys: ['nebula:ssh_key:73'],
      ...lease(dice),
    }),
  },
  {
    tool: 'create_pod',
    weight: 2,
    args: (_world, _dice, name) => ({
      name,
      machine: 'volt:machine:mach_h200_targon_01',
      resource_name: 'h200-small',
      image: 'vllm/vllm-openai:v0.8.0',
    }),
  },
  { tool: 'start_pod', weight: 5, args: anyPod },
  { tool: 'stop_pod', weight: 6, args: anyPod },
  { tool: 'restart_pod', weight: 2, args: (world, dice) => pod(world, dice, 'nebula') },
  {
    tool: 'update_pod',
    weight: 2,
    args: (world, dice) => {
      const target = pod(world, dice, 'volt');
      return target === null ? null : { ...target, ssh_keys: ['volt:ssh_key:key_abc123'] };
    },
  },
  { tool: 'delete_pod', weight: 9, args: anyPod },
  {
    tool: 'submit_finetune',
    weight: 5,
    args: (_world, dice, name) => ({
      name,
      task_type: 'text',
      model: dice.pick(['Qwen/Qwen2.5-0.5B', 'Qwen/Qwen2.5-7B']),
      hours: dice.between(1, 2),
      dataset_repo: 'a/b',
    }),
  },
  {
    tool: 'cancel_job',
    weight: 4,
    args: (world, dice) =>
      oneOf(
        dice,
        'job',
        world.jobs.list().map(({ id }) => `volt:job:${id}`),
      ),
  },
  {
    tool: 'add_ssh_key',
    weight: 1,
    args: (_w, dice, name) => ({ cloud: dice.pick(['volt', 'nebula']), name, public_key: PUBLIC_KEY }),
  },
  {
    tool: 'delete_ssh_key',
    weight: 1,
    args: (world, dice) =>
      oneOf(
        dice,
        'ssh_key',
        world.nebula.ssh_keys.filter(({ id }) => id !== 73).map(({ id }) => `nebula:ssh_key:${id}`),
      ),
  },
  {
    tool: 'create_template',
    weight: 1,
    args: (_w, _d, name) => ({ name, image: 'ghcr.io/a/b:1', env_vars: { TOKEN: 'canary-env-value' } }),
  },
  {
    tool: 'delete_template',
    weight: 1,
    args: (world, dice) =>
      oneOf(
        dice,
        'template',
        world.volt.templates.filter(({ is_system }) => !is_system).map(({ id }) => `volt:template:${id}`),
      ),
  },
  {
    tool: 'add_docker_credential',
    weight: 1,
    args: (_w, _d, name) => ({
      name,
      registry: 'ghcr.io',
      username: 'me',
      password_env: 'GPU_MCP_SECRET_GHCR',
    }),
  },
  {
    tool: 'create_api_key',
    weight: 1,
    args: (_w, dice, name) => ({ cloud: dice.pick(['volt', 'nebula']), name }),
  },
  {
    tool: 'revoke_api_key',
    weight: 1,
    args: (world, dice) =>
      oneOf(
        dice,
        'api_key',
        world.volt.api_keys.filter(({ id }) => id !== 'ak_001').map(({ id }) => `volt:api_key:${id}`),
      ),
  },
  read('generate_text', 2, () => ({ model: 'meta-llama/Llama-3.3-70B-Instruct', prompt: 'hello' })),
  read('list_pods', 3),
  read('list_machines', 2, (_w, dice) => ({ limit: dice.between(1, 5) })),
  read('list_jobs', 2),
  read('get_pod', 3, anyPod),
  read('get_spend', 3),
  read('list_api_keys', 1),
  read('list_templates', 1),
  read('get_pod', 1, () => ({ pod: 'volt:pod:../api-keys' })),
  read('list_pods', 1, () => ({ unknown_argument: true })),
];

const TOTAL = ACTIONS.reduce((sum, { weight }) => sum + weight, 0);

/** One action, by weight. */
export function chooseAction(dice: Dice): Action | undefined {
  let left = dice.between(1, TOTAL);
  return ACTIONS.find(({ weight }) => {
    left -= weight;
    return left <= 0;
  });
}
