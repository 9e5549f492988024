import { createJob } from '../../src/sandbox/volt/create-job.ts';
import type { World } from '../../src/sandbox/world.ts';
import { NAME, type WriteCase } from './write-case.ts';

const podsMade = (world: World) => world.pods.list().filter(({ name }) => name === NAME).length;
const jobsMade = (world: World) => world.jobs.list().filter(({ name }) => name === NAME).length;
const podIn = (world: World, cloud: 'volt' | 'nebula', state: string) => ({
  pod: `${cloud}:pod:${world.addPod(cloud, { name: NAME, state })}`,
});
const rawState = (world: World) => world.pods.list().find(({ name }) => name === NAME)?.state ?? 'gone';
const isIn =
  (...states: string[]) =>
  (world: World) =>
    states.includes(rawState(world)) ? 1 : 0;
const actions = (verb: 'start' | 'stop' | 'reboot') => (world: World) =>
  world.nebula.instances.reduce((sum, instance) => sum + instance.actions[verb], 0);
function newJob(world: World): { job: string } {
  const order = { taskType: 'text', name: NAME, model: 'Qwen/Qwen2.5-7B', dsRepo: 'a/b', hours: 2 } as const;
  return { job: `volt:job:${createJob(world, order, 0).id}` };
}

const one = (holds: boolean): number => (holds ? 1 : 0);

/** Pods of both clouds. */
export const POD_CASES: readonly WriteCase[] = [
  {
    tool: 'create_pod',
    on: 'Volt lium',
    api: 'volt',
    method: 'POST',
    path: '/pods',
    args: () => ({
      name: NAME,
      machine: 'volt:machine:mach_rtx4090_01',
      template: 'volt:template:tpl_pytorch21',
      ssh_keys: ['volt:ssh_key:key_abc123'],
    }),
    effects: podsMade,
    spends: true,
    listed: true,
  },
  {
    tool: 'create_pod',
    on: 'Volt Targon',
    api: 'volt',
    method: 'POST',
    path: '/pods',
    args: () => ({
      name: NAME,
      machine: 'volt:machine:mach_h200_targon_01',
      resource_name: 'h200-small',
      image: 'vllm/vllm-openai:v0.8.0',
    }),
    effects: podsMade,
    spends: true,
    listed: true,
  },
  {
    tool: 'create_pod',
    on: 'Nebula',
    api: 'nebula',
    method: 'POST',
    path: '/computing/instance',
    args: () => ({
      name: NAME,
      machine: 'nebula:machine:prd-ca-a6000-1',
      image: 'nebula:image:img-ca1-ubuntu2204',
      ssh_keys: ['nebula:ssh_key:73'],
    }),
    effects: podsMade,
    spends: true,
    listed: true,
  },
  {
    tool: 'start_pod',
    on: 'Volt',
    api: 'volt',
    method: 'POST',
    path: '/pods/*/start',
    args: (world) => podIn(world, 'volt', 'stopped'),
    effects: isIn('starting', 'running'),
    spends: true,
  },
  {
    tool: 'start_pod',
    on: 'Nebula',
    api: 'nebula',
    method: 'GET',
    path: '/computing/instance/*/start',
    args: (world) => podIn(world, 'nebula', 'Stopped'),
    effects: actions('start'),
    spends: true,
  },
  {
    tool: 'stop_pod',
    on: 'Volt',
    api: 'volt',
    method: 'POST',
    path: '/pods/*/stop',
    args: (world) => podIn(world, 'volt', 'running'),
    effects: isIn('stopping', 'stopped'),
  },
  {
    tool: 'stop_pod',
    on: 'Nebula',
    api: 'nebula',
    method: 'GET',
    path: '/computing/instance/*/stop',
    args: (world) => podIn(world, 'nebula', 'Running'),
    effects: actions('stop'),
  },
  {
    tool: 'restart_pod',
    on: 'Nebula',
    api: 'nebula',
    method: 'GET',
    path: '/computing/instance/*/reboot',
    args: (world) => podIn(world, 'nebula', 'Running'),
    effects: actions('reboot'),
  },
  {
    tool: 'update_pod',
    on: 'Volt',
    api: 'volt',
    method: 'PUT',
    path: '/pods/*',
    args: (world) => ({ ...podIn(world, 'volt', 'running'), ssh_keys: ['volt:ssh_key:key_abc123'] }),
    effects: (world) => one(world.volt.pods.some(({ ssh_keys }) => ssh_keys.includes('key_abc123'))),
  },
  {
    tool: 'delete_pod',
    on: 'Volt',
    api: 'volt',
    method: 'DELETE',
    path: '/pods/*',
    args: (world) => podIn(world, 'volt', 'running'),
    effects: isIn('gone'),
  },
  {
    tool: 'delete_pod',
    on: 'Nebula',
    api: 'nebula',
    method: 'DELETE',
    path: '/computing/instance/*',
    args: (world) => podIn(world, 'nebula', 'Running'),
    effects: isIn('Deleted'),
  },
];

/** Fine-tuning jobs. */
export const JOB_CASES: readonly WriteCase[] = [
  {
    tool: 'submit_finetune',
    on: 'Volt',
    api: 'volt',
    method: 'POST',
    path: '/fine-tuning',
    args: () => ({
      name: NAME,
      task_type: 'text',
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      hours: 2,
      dataset_repo: 'myorg/support-qa',
    }),
    effects: jobsMade,
    spends: true,
    listed: true,
  },
  {
    tool: 'cancel_job',
    on: 'Volt',
    api: 'volt',
    method: 'DELETE',
    path: '/fine-tuning/*',
    args: newJob,
    effects: (world) => world.jobs.list().filter(({ status }) => status === 'cancelled').length,
  },
];
