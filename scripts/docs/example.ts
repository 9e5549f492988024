/** Arguments of a call; a string `$pod`, `$job`, `$template`, … stands for the ref that an earlier step gave. */
export type Args = Readonly<Record<string, unknown>>;

/** What happens before an example, unseen: a call, or some simulated time. */
export type Step = { tool: string; args: Args } | { pass_seconds: number };

/** One call that docs/tools.md shows with its real answer. */
export interface Example {
  /** What this one shows, where a tool has several. */
  title?: string;
  before?: readonly Step[];
  args: Args;
}

/** The examples of each tool, by its name. */
export type Examples = Readonly<Record<string, readonly Example[]>>;

const rent = (args: Args): Step => ({ tool: 'create_pod', args });

/** A running pod on Volt. */
export const voltPod: readonly Step[] = [
  rent({
    name: 'trainer',
    machine: 'volt:machine:mach_h100_03',
    template: 'volt:template:tpl_pytorch21',
    ssh_keys: ['volt:ssh_key:key_abc123'],
    gpu_count: 1,
  }),
  { pass_seconds: 3600 },
];

/** A stopped pod on Volt. */
export const stoppedVoltPod: readonly Step[] = [
  ...voltPod,
  { tool: 'stop_pod', args: { pod: '$pod' } },
  { pass_seconds: 60 },
];

/** A running pod on Nebula. */
export const nebulaPod: readonly Step[] = [
  rent({
    name: 'worker',
    machine: 'nebula:machine:prd-ca-a6000-1',
    image: 'nebula:image:img-ca1-ubuntu2204',
    ssh_keys: ['nebula:ssh_key:73'],
  }),
  { pass_seconds: 3600 },
];

/** A fine-tuning job that was just submitted. */
export const job: readonly Step[] = [
  {
    tool: 'submit_finetune',
    args: {
      name: 'support-bot',
      task_type: 'text',
      model: 'Qwen/Qwen2.5-7B-Instruct',
      hours: 2,
      dataset_repo: 'myorg/support-qa',
    },
  },
];

/** A template of one's own. */
export const template: readonly Step[] = [
  {
    tool: 'create_template',
    args: {
      name: 'vllm-server',
      image: 'vllm/vllm-openai:v0.8.0',
      ports: [22, 8000],
      env_vars: { HF_HOME: '/root/hf' },
    },
  },
];

/** An API key made a moment ago. */
export const apiKey: readonly Step[] = [
  { tool: 'create_api_key', args: { cloud: 'volt', name: 'ci-runner' } },
];
