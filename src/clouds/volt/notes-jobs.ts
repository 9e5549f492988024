import type { Job } from '../../core/model.ts';
import { quote, usd } from '../../core/text.ts';

// What a person must know of fine-tuning jobs, by the Volt API Reference; if it is silent, the note says so.

/** Fine-Tuning: Pricing, Refund Policy, Job Status Flow. */
export const SUBMIT_NOTES = [
  'The whole price is debited now, not as the training runs. Volt sets it by the size of the model; the price shown is from its table, at the higher reading if the table is ambiguous.',
  'A full refund is documented only for a job cancelled before training starts, none for a job that fails.',
  'The finished model is pushed to a HuggingFace repository; the one in the documents belongs to Volt, not to the account.',
  'The service must be able to read the dataset, so it must be public: otherwise the job may fail after the debit.',
];

/** A range of prices of an hour of training, USD, and why it is one. */
interface Band {
  usd_per_hour_min: number;
  usd_per_hour_max: number;
  why: string;
}

const range = (from: number, to: number): string => (from === to ? usd(to) : `${usd(from)} to ${usd(to)}`);

/**
 * A job as a plan shows it, and why one is refused. `type`: its task type. `model`, `data`, `host` and `url` come as they
 * are shown.
 */
export const JOB = {
  summary: (hours: number, type: string, model: string): string =>
    `${hours} h of ${type} fine-tuning of ${model} (Volt)`,
  what: (hours: number, type: string, model: string): string => `${type} training of ${model} for ${hours} h`,
  basis: ({ usd_per_hour_min, usd_per_hour_max, why }: Band, hours: number): string =>
    `${range(usd_per_hour_min, usd_per_hour_max)} USD per hour x ${hours} h (${why})`,
  columns: (columns: readonly string[]): string => `Columns of the dataset: ${columns.join('; ')}.`,
  data: (data: string): string => `Trains on ${data}.`,
  webhook: (host: string, url: string): string =>
    `Sends facts about the job to the host ${host} when it ends: ${url}.`,
  worst: 'The whole price is debited now; a job that fails is promised no refund.',
  refused: 'This job cannot be submitted yet.',
  state: (state: string | null): string => `The job is now ${quote(state)}.`,
  state_next: 'Call get_job and act on the state it shows.',
};

/** Why a job has its hourly price (Fine-Tuning > Pricing). `size`: billions of parameters. */
export const JOB_PRICE = {
  up_to_1b: (size: number): string => `${size}B parameters: the tier up to 1B`,
  below_7b: (size: number): string => `${size}B parameters: between the tiers up to 1B and ~7B`,
  to_8b: (size: number): string =>
    `${size}B parameters: the table says ~7B or 8-40B, and an example bills 8B as ~7B`,
  to_40b: (size: number): string => `${size}B parameters: the tier 8-40B`,
  at_40b: (size: number): string => `${size}B parameters: in both tiers 8-40B and 40B+`,
  above_40b: (size: number): string => `${size}B parameters: the tier 40B+`,
  image: 'the price of an image LoRA',
  mixture: 'a mixture of experts: quoted at the highest tier',
  no_size: 'the name states no size: quoted at the highest tier',
  several: (sizes: readonly number[]): string => `several sizes in the name: ${sizes.join('B, ')}B`,
};

/** For a task type that takes names of columns, if none is given. */
export const NO_COLUMNS_NOTE = (fields: readonly string[]): string =>
  `No columns are named (${fields.join(', ')}): which ones are then taken is not documented, and a wrong one wastes the debit. Ask the user for the names; do not invent them.`;

/** GRPO is in an example, but not in the list of task types; the training network needs more than Volt's API takes. */
export const GRPO_NOTE =
  'GRPO is missing from the documented list of task types, and the training network below asks for a prompt field and reward functions that this API cannot take: the job may fail after the debit.';

/** The reference shows `custom_chat` only. */
export const CUSTOM_TEXT_NOTE = 'The documents show custom_chat but never custom_text.';

const MAY_HAVE_CHANGED =
  'The refund depends on its status when the cancellation reaches Volt; it may already have changed.';

/** The refund of a cancellation, by the job's status (Fine-Tuning > DELETE and Refund Policy). */
export const CANCEL_NOTES: Readonly<Record<Job['refund_if_cancelled_now'], readonly string[]>> = {
  full: [
    'In its present status a full refund is documented, because training has not started.',
    MAY_HAVE_CHANGED,
  ],
  not_promised: [
    'A refund is not promised in this status: the documents name none for it.',
    MAY_HAVE_CHANGED,
  ],
  none: ['No refund: once training has begun, the full cost is due.', 'The training ends.'],
  'n/a': ['The job has already ended; there is nothing to cancel, and no refund is documented.'],
};
