import { createJob } from '../../src/sandbox/volt/create-job.ts';
import type { World } from '../../src/sandbox/world.ts';
import { NEBULA_POD, TARGON_POD, TEXT_JOB, VOLT_POD } from '../harness.ts';
import { ACCOUNT_CALLS } from './gated-account-calls.ts';
import type { GatedCall } from './gated-call.ts';

const voltPod =
  (state: string, more = {}) =>
  (world: World) => ({ pod: `volt:pod:${world.addPod('volt', { name: 'box', state })}`, ...more });
const nebulaPod = (state: string) => (world: World) => ({
  pod: `nebula:pod:${world.addPod('nebula', { name: 'box', state, product_id: 'prd-ca-a6000-1' })}`,
});

/** A job of 55.50 USD in this status. */
export function jobIn(world: World, status: string): string {
  const { id } = createJob(
    world,
    { taskType: 'text', name: 'tuner', model: TEXT_JOB.model, dsRepo: 'myorg/support-qa', hours: 2 },
    0,
  );
  world.setJobStatus(id, status);
  return `volt:job:${id}`;
}
const job = (status: string) => (world: World) => ({ job: jobIn(world, status) });

const QUOTED_AT = 'as of 2026-03-28T14:00:00.000Z';

const PODS: GatedCall[] = [
  {
    tool: 'create_pod',
    on: 'volt lium',
    args: () => VOLT_POD,
    challenge: '0.39',
    says: [
      'Volt, lium',
      'hourly',
      '0.39 USD per GPU and hour x 1 = 0.39 USD/h',
      QUOTED_AT,
      /prices move/i,
      /balance is too low/,
      /until the pod is stopped or deleted/,
    ],
  },
  {
    tool: 'create_pod',
    on: 'volt lium, four GPUs and no key',
    args: () => ({
      ...VOLT_POD,
      machine: 'volt:machine:mach_h100_03',
      gpu_count: 4,
      ssh_keys: [],
      volume_gb: 50,
    }),
    challenge: '9.56',
    says: ['2.39 USD per GPU and hour x 4 = 9.56 USD/h', '50 GB', 'nobody will be able to log in'],
  },
  {
    tool: 'create_pod',
    on: 'volt targon',
    args: () => TARGON_POD,
    challenge: '2.40',
    says: [
      'Volt, targon',
      'confidential',
      QUOTED_AT,
      'until the pod is stopped or deleted',
      'sending it accepts that price',
      'No field for SSH keys is documented',
      /one GPU or for the whole resource/,
    ],
  },
  {
    tool: 'create_pod',
    on: 'volt targon, a bare operating system',
    args: () => ({ ...TARGON_POD, image: 'ubuntu:22.04' }),
    challenge: '2.40',
    says: ['bare operating system', 'crash and restart'],
  },
  {
    tool: 'create_pod',
    on: 'nebula',
    args: () => NEBULA_POD,
    challenge: '0.49',
    says: [
      '0.49 USD per hour for the whole instance',
      'until the instance is deleted',
      'at least 10 USD',
      'names no id',
      'found by its name',
      /reply is lost the instance may exist/,
      'user name and password',
    ],
  },
  {
    tool: 'create_pod',
    on: 'nebula container',
    args: () => ({
      ...NEBULA_POD,
      machine: 'nebula:machine:prd-us-rtx4090-c',
      image: 'nebula:image:img-us4-pytorch',
    }),
    challenge: '0.42',
    says: ['is a container', /may be refused, so that deleting is the only way/],
  },
  {
    tool: 'start_pod',
    on: 'volt',
    args: voltPod('stopped'),
    challenge: '0.39',
    says: ['GPU billing resumes when the pod reaches "running"', '15 to 30 seconds', '$0.39/h'],
  },
  {
    tool: 'start_pod',
    on: 'nebula',
    args: nebulaPod('Stopped'),
    challenge: '0.49',
    says: ['does to billing is documented nowhere', /refuses? this/],
  },
  {
    tool: 'stop_pod',
    on: 'volt',
    args: voltPod('running'),
    challenge: 'stop',
    says: [
      'GPU billing pauses',
      'do not say that kept storage is free',
      '/root volume is documented as preserved',
      'Running processes end',
      'may end the rental',
    ],
  },
  {
    tool: 'stop_pod',
    on: 'nebula',
    args: nebulaPod('Running'),
    challenge: 'stop',
    says: [
      'never say that stopping pauses billing',
      'only deleting is known to end it',
      /containers above all/,
    ],
  },
  {
    tool: 'restart_pod',
    on: 'nebula',
    args: nebulaPod('Running'),
    challenge: 'restart',
    says: ['in memory is lost', 'reboots the machine once more'],
  },
  {
    tool: 'update_pod',
    on: 'volt, keys and name',
    args: voltPod('running', { name: 'renamed', ssh_keys: ['volt:ssh_key:key_abc123'] }),
    challenge: 'update',
    says: ['needs a stopped pod', 'replaced as a whole', 'become exactly', 'key_abc123', '"renamed"'],
  },
  {
    tool: 'update_pod',
    on: 'volt, volume',
    args: voltPod('stopped', { volume_gb: 200 }),
    challenge: 'update',
    says: ['200 GB', 'needs a stopped pod'],
  },
  {
    tool: 'delete_pod',
    on: 'volt',
    args: voltPod('running'),
    challenge: 'box',
    says: [
      'cannot be undone',
      '/root is destroyed',
      '/mnt are documented as preserved',
      'all associated resources',
      'Back up',
    ],
  },
  {
    tool: 'delete_pod',
    on: 'nebula',
    args: nebulaPod('Running'),
    challenge: 'box',
    says: ['cannot be undone', /root disk and the ephemeral disk/, 'no volume', 'not refunded'],
  },
];

const JOBS: GatedCall[] = [
  {
    tool: 'submit_finetune',
    on: 'volt, 8B',
    args: () => ({ ...TEXT_JOB, webhook_url: 'https://hooks.example.com/done' }),
    challenge: '92.50',
    says: [
      '$55.50 to $92.50 now',
      'debited now',
      'only for a job cancelled before training starts',
      'pushed to a HuggingFace repository',
      'not to the account',
      'must be readable for the service',
      'hooks.example.com',
    ],
  },
  {
    tool: 'submit_finetune',
    on: 'volt, grpo',
    args: () => ({
      ...TEXT_JOB,
      task_type: 'grpo',
      model: 'Qwen/Qwen2.5-0.5B',
      chat_template: 'qwen_25',
    }),
    challenge: '37.00',
    says: ['may fail after the debit'],
  },
  ...['pending', 'preparing_data', 'looking_for_nodes'].map((status) => ({
    tool: 'cancel_job',
    on: `volt, ${status}`,
    args: job(status),
    challenge: 'tuner',
    says: [
      'a full refund is documented',
      'depends on the status at Volt',
      'may already have changed',
      '$55.50',
    ],
  })),
  {
    tool: 'cancel_job',
    on: 'volt, ready',
    args: job('ready'),
    challenge: 'tuner',
    says: ['not promised', 'may already have changed'],
  },
  ...['training', 'evaluating'].map((status) => ({
    tool: 'cancel_job',
    on: `volt, ${status}`,
    args: job(status),
    challenge: 'tuner',
    says: ['Nothing comes back', 'full cost is committed'],
  })),
];

/** Every gated tool on every cloud that has it. */
export const GATED_CALLS: readonly GatedCall[] = [...PODS, ...JOBS, ...ACCOUNT_CALLS];

/** What the environment of the server must hold for them. */
export const GATED_ENV = { GPU_MCP_SECRET_REGISTRY: 'canary-registry-password' };
