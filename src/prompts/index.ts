import type { Clouds } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';

/** The lists from which a client can complete an argument; they are read from the clouds on request. */
type Suggested = 'gpu_models' | 'finetune_models' | 'templates';

/** One argument of a prompt. */
interface PromptArgument {
  name: string;
  description: string;
  required: boolean;
  suggests?: Suggested;
  /** Clouds for which the argument makes sense; left out = all. */
  needs?: (clouds: Clouds) => boolean;
}

/** A ready-made request that a person can pick in their client. */
export interface Prompt {
  name: string;
  title: string;
  description: string;
  arguments: readonly PromptArgument[];
  needs: (clouds: Clouds) => boolean;
  /** The tools that it needs: some servers are read-only or have only some toolsets. */
  tools: readonly string[];
  render: (args: Readonly<Record<string, string>>) => string;
}

const launchTrainingPod: Prompt = {
  name: 'launch_training_pod',
  title: 'Launch a training pod',
  description:
    'Find the cheapest fitting machine, rent it with my consent, wait until it is up, and give me the ssh command.',
  arguments: [
    { name: 'gpu', description: 'GPU model, e.g. H100', required: true, suggests: 'gpu_models' },
    { name: 'max_usd_per_hour', description: 'The most I want to pay an hour, USD', required: false },
    { name: 'name', description: 'Name of the pod', required: false },
    {
      name: 'template',
      description: 'Ref of a container template',
      required: false,
      suggests: 'templates',
      needs: (clouds) => clouds.all().some((cloud) => cloud.templates !== undefined),
    },
  ],
  needs: () => true,
  tools: ['list_machines', 'create_pod'],
  render: (args) =>
    [
      `Rent me a GPU machine with ${args.gpu ?? 'a GPU'}${args.name === undefined ? '' : `, as a pod named "${args.name}"`}.`,
      `1. list_machines with gpu="${args.gpu ?? ''}"; compare the cheapest offers${args.max_usd_per_hour === undefined ? '' : ` at or below $${args.max_usd_per_hour} an hour`} and tell me which one you take and why.`,
      `2. ${args.template === undefined ? 'Look up what its cloud needs (a template or an image, an SSH key)' : `Take the template ${args.template} (its cloud's machines only) and look up an SSH key`}, then create_pod${args.max_usd_per_hour === undefined ? '' : ` with max_usd_per_hour=${args.max_usd_per_hour}`}. Show me the whole plan; I decide.`,
      '3. wait_for until it runs, then give me the ssh command and what it costs an hour.',
      '4. Remind me that it costs money until it is ended, and what the plan said that stopping and deleting it do.',
    ].join('\n'),
};

const finetuneModel: Prompt = {
  name: 'finetune_model',
  title: 'Fine-tune a model',
  description: 'Submit a fine-tuning job with my consent, watch it, and tell me where the result is.',
  arguments: [
    {
      name: 'model',
      description: 'Hugging Face model, e.g. Qwen/Qwen2.5-7B-Instruct',
      required: true,
      suggests: 'finetune_models',
    },
    {
      name: 'dataset',
      description: 'Hugging Face dataset, or the https URL of a JSONL file',
      required: true,
    },
    { name: 'hours', description: 'Hours of training', required: false },
  ],
  needs: (clouds) => clouds.all().some((cloud) => cloud.jobs !== undefined),
  tools: ['submit_finetune'],
  render: (args) =>
    [
      `Fine-tune ${args.model ?? 'a model'} on ${args.dataset ?? 'my dataset'}${args.hours === undefined ? '' : `, hours: ${args.hours}`}.`,
      '1. Ask me for what is missing: the task type, the field names of the dataset, the chat template, the hours.',
      '2. submit_finetune. The whole price is debited at once; show me the plan with the upper bound, I decide.',
      '3. wait_for its end (call again on time-out). If I change my mind, cancel_job shows what comes back: everything while it is pending, preparing data or looking for nodes, after that nothing is promised.',
      '4. Tell me the state, what it cost, and the output model.',
    ].join('\n'),
};

const reviewSpend: Prompt = {
  name: 'review_spend',
  title: 'Review my spending',
  description: 'Show what my GPU machines and jobs cost now, and what could be stopped or deleted.',
  arguments: [],
  needs: () => true,
  tools: ['get_spend', 'list_pods'],
  render: () =>
    [
      'Review what I am spending on GPU clouds.',
      '1. get_spend and list_pods (and list_jobs, if there are jobs).',
      '2. Tell me the burn rate per hour and per day, the most expensive pods, what seems idle or forgotten, and what is stopped but may still cost.',
      '3. Propose what to stop or delete and what each saves. Do nothing until I say so.',
    ].join('\n'),
};

const PROMPTS: readonly Prompt[] = [launchTrainingPod, finetuneModel, reviewSpend];

/** The prompts that make sense for these clouds and tools, each with the arguments that do. */
export const selectPrompts = (clouds: Clouds, exists: (tool: string) => boolean = () => true): Prompt[] =>
  PROMPTS.filter((prompt) => prompt.needs(clouds) && prompt.tools.every(exists)).map((prompt) => ({
    ...prompt,
    arguments: prompt.arguments.filter(({ needs }) => needs === undefined || needs(clouds)),
  }));

/** One completion: the value that is filled in, and other words that find it. */
export interface Suggestion {
  value: string;
  hints: readonly string[];
}

/** The models in the examples of the Volt API Reference, Fine-Tuning; no document lists the trainable ones. */
const DOCUMENTED_MODELS = [
  'meta-llama/Llama-3.1-8B-Instruct',
  'Qwen/Qwen2.5-7B-Instruct',
  'black-forest-labs/FLUX.1-dev',
];

const plain = (value: string): Suggestion => ({ value, hints: [] });

const unique = (values: readonly (string | null)[]): Suggestion[] =>
  [...new Set(values.filter((value) => value !== null))].map(plain);

/** The rows of all reads that succeed: a cloud that cannot be read suggests nothing. */
const readable = async <T>(reads: (Promise<T[]> | undefined)[]): Promise<T[]> =>
  (await Promise.all(reads.map((read) => read?.catch(() => []) ?? []))).flat();

/** The tool that shows the same things; without it, e.g. by `--toolsets`, nothing is suggested. */
export const SUGGESTED_BY: Record<Suggested, string> = {
  gpu_models: 'list_machines',
  finetune_models: 'list_jobs',
  templates: 'list_templates',
};

/** The completions of each list, most useful first. */
export const SUGGESTIONS: Record<Suggested, (ctx: ToolContext) => Promise<Suggestion[]>> = {
  gpu_models: async ({ clouds, io }) => {
    const machines = await readable(clouds.all().map((cloud) => cloud.machines.list(io)));
    const free = machines.filter((machine) => machine.is_available);
    return unique([...free, ...machines].map((machine) => machine.gpu_model));
  },
  finetune_models: async ({ clouds, io }) => {
    const jobs = await readable(clouds.all().map((cloud) => cloud.jobs?.list(io)));
    return unique([...jobs.map((job) => job.base_model), ...DOCUMENTED_MODELS]);
  },
  templates: async ({ clouds, io }) => {
    const templates = await readable(clouds.all().map((cloud) => cloud.templates?.list(io)));
    return templates.map(({ ref, id, name, category }) => ({
      value: ref,
      hints: [id, name, category].filter((hint) => hint !== null),
    }));
  },
};
