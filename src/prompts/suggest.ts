import type { ToolContext } from '../core/context.ts';
import type { Suggested } from './index.ts';

/** One thing that a client may offer: the word that is filled in, and other words by which it can be found. */
export interface Suggestion {
  value: string;
  hints: readonly string[];
}

/** Models of the examples in the Volt API Reference, Fine-Tuning; which others are trainable is not documented. */
const DOCUMENTED_MODELS = [
  'meta-llama/Llama-3.1-8B-Instruct',
  'Qwen/Qwen2.5-7B-Instruct',
  'black-forest-labs/FLUX.1-dev',
];

const plain = (value: string): Suggestion => ({ value, hints: [] });

const unique = (values: readonly (string | null)[]): Suggestion[] =>
  [...new Set(values.filter((value) => value !== null))].map(plain);

/** A cloud that cannot be read suggests nothing; it does not spoil what others suggest. */
const each = async <T>(reads: (Promise<T[]> | undefined)[]): Promise<T[]> =>
  (await Promise.all(reads.map((read) => read?.catch(() => []) ?? []))).flat();

/** The tools that show the same things: without one of them, e.g. by `--toolsets`, nothing is suggested. */
export const SUGGESTED_BY: Record<Suggested, string> = {
  gpu_models: 'list_machines',
  finetune_models: 'list_jobs',
  templates: 'list_templates',
};

/** What can be filled in, most useful first. */
export const SUGGESTIONS: Record<Suggested, (ctx: ToolContext) => Promise<Suggestion[]>> = {
  gpu_models: async ({ clouds, io }) => {
    const machines = await each(clouds.all().map((cloud) => cloud.machines.list(io)));
    const free = machines.filter((machine) => machine.is_available);
    return unique([...free, ...machines].map((machine) => machine.gpu_model));
  },
  finetune_models: async ({ clouds, io }) => {
    const jobs = await each(clouds.all().map((cloud) => cloud.jobs?.list(io)));
    return unique([...jobs.map((job) => job.base_model), ...DOCUMENTED_MODELS]);
  },
  templates: async ({ clouds, io }) => {
    const templates = await each(clouds.all().map((cloud) => cloud.templates?.list(io)));
    return templates.map(({ ref, id, name, category }) => ({
      value: ref,
      hints: [id, name, category].filter((hint) => hint !== null),
    }));
  },
};
