import type { CreateOrder, Io, JobOps } from '../../core/cloud.ts';
import type { Job } from '../../core/model.ts';
import type { FinetuneRequest } from '../../core/requests.ts';
import { clean, quote } from '../../core/text.ts';
import { isGiven, missing, type Problem, surplus } from '../shared.ts';
import { ENDPOINTS, toReply } from './endpoints.ts';
import { refuseProblems, rowsOf, withNotFound, withState, wrongId } from './errors.ts';
import { priceBand, upfront } from './finetune-price.ts';
import { toJob } from './map.ts';
import {
  CANCEL_NOTES,
  CUSTOM_TEXT_NOTE,
  GRPO_NOTE,
  JOB,
  NO_COLUMNS_NOTE,
  SUBMIT_NOTES,
} from './notes-jobs.ts';
import type { VoltRequest } from './reading.ts';
import { datasetUrlProblem, webhookProblem } from './urls.ts';

/** Fields that belong to some task types only, with their names on the wire, in the documented order. */
const EXTRAS = {
  field_instruction: 'fieldInstruction',
  field_output: 'fieldOutput',
  chat_template: 'chatTemplate',
  field_conversation: 'fieldConversation',
  field_prompt: 'fieldPrompt',
  field_chosen: 'fieldChosen',
  field_rejected: 'fieldRejected',
  image_model_type: 'imageModelType',
} as const;
type Extra = keyof typeof EXTRAS;
const isExtra = (field: string): field is Extra => Object.hasOwn(EXTRAS, field);
const EXTRA_FIELDS = Object.keys(EXTRAS).filter(isExtra);
/** Those that name a column of the dataset. */
const COLUMNS = EXTRA_FIELDS.filter((field) => field.startsWith('field_'));

interface Rule {
  data: 'dataset_repo' | 'dataset_url';
  required: readonly Extra[];
  optional: readonly Extra[];
}

/**
 * The fields of each task type, by its example (Fine-Tuning > Fine-Tuning Jobs). Nothing there is marked as
 * required; we require what an example shows, except field names whose defaults the vendor's guide names.
 */
const RULES: Readonly<Record<FinetuneRequest['task_type'], Rule>> = {
  text: { data: 'dataset_repo', required: [], optional: ['field_instruction', 'field_output'] },
  chat: { data: 'dataset_repo', required: ['chat_template'], optional: ['field_conversation'] },
  dpo: {
    data: 'dataset_repo',
    required: ['chat_template', 'field_prompt', 'field_chosen', 'field_rejected'],
    optional: [],
  },
  grpo: { data: 'dataset_repo', required: ['chat_template'], optional: [] },
  custom_text: { data: 'dataset_url', required: [], optional: [] },
  custom_chat: { data: 'dataset_url', required: [], optional: [] },
  image: { data: 'dataset_repo', required: ['image_model_type'], optional: [] },
};

const ruleProblems = (request: FinetuneRequest, rule: Rule): Problem[] => {
  const allowed = new Set<string>([...rule.required, ...rule.optional]);
  const other = rule.data === 'dataset_repo' ? 'dataset_url' : 'dataset_repo';
  const pick = (fields: readonly Extra[]) =>
    Object.fromEntries(fields.map((field) => [field, request[field]]));
  const type = request.task_type;
  return [
    ...missing({ [rule.data]: request[rule.data] }, `needed for task type ${type}`),
    ...surplus({ [other]: request[other] }, `not for task type ${type}, which takes ${rule.data}`),
    ...missing(
      pick(rule.required.filter((field) => !COLUMNS.includes(field))),
      `needed for task type ${type}`,
    ),
    ...missing(
      pick(rule.required.filter((field) => COLUMNS.includes(field))),
      `needed for task type ${type}: ask the user for the name of the column, never invent it`,
    ),
    ...surplus(pick(EXTRA_FIELDS.filter((field) => !allowed.has(field))), `not for task type ${type}`),
  ];
};

/** The problems of a request: fields that do not fit its task type, and URLs that are not allowed. */
function finetuneProblems(request: FinetuneRequest): Problem[] {
  const { dataset_url, webhook_url } = request;
  const url = dataset_url === undefined || dataset_url === '' ? null : datasetUrlProblem(dataset_url);
  const hook = webhook_url === undefined ? null : webhookProblem(webhook_url);
  return [
    ...ruleProblems(request, RULES[request.task_type]),
    ...(url === null ? [] : [{ field: 'dataset_url', why: url }]),
    ...(hook === null ? [] : [{ field: 'webhook_url', why: hook }]),
  ];
}

/** Every field with its name on the wire, in the documented order. */
const WIRE = {
  name: 'name',
  task_type: 'taskType',
  model: 'model',
  dataset_repo: 'dsRepo',
  dataset_url: 'datasetUrl',
  hours: 'hours',
  ...EXTRAS,
  webhook_url: 'webhookUrl',
} as const satisfies Record<keyof FinetuneRequest, string>;

/** The body of a checked request: only what was given. */
function finetuneBody(request: FinetuneRequest): Record<string, unknown> {
  const given = new Map(Object.entries(request).filter(([, value]) => isGiven(value)));
  return Object.fromEntries(
    Object.entries(WIRE).flatMap(([field, name]) => (given.has(field) ? [[name, given.get(field)]] : [])),
  );
}

const MAX_ADDRESS = 2000;

/** A model, a dataset or an address of a job in full: a person must see all of it. */
const inFull = (text: string): string => quote(text, MAX_ADDRESS);

const typeNotes = (taskType: string): string[] =>
  taskType === 'grpo' ? [GRPO_NOTE] : taskType === 'custom_text' ? [CUSTOM_TEXT_NOTE] : [];

/** The columns of the dataset and the chat template of a job. */
function columnEffects(request: FinetuneRequest): string[] {
  const named = COLUMNS.filter((field) => isGiven(request[field])).map(
    (field) => `${field.slice('field_'.length)}=${quote(request[field] ?? '')}`,
  );
  const template = isGiven(request.chat_template) ? `template ${request.chat_template}` : null;
  const columns = [
    ...(named.length === 0 ? [] : [named.join(', ')]),
    ...(template === null ? [] : [template]),
  ];
  return columns.length === 0 ? [] : [JOB.columns(columns)];
}

/** A warning if the task type takes names of columns and none is given. */
function columnNotes(request: FinetuneRequest): string[] {
  const takes = RULES[request.task_type].optional.filter((field) => COLUMNS.includes(field));
  if (takes.length === 0 || takes.some((field) => isGiven(request[field]))) return [];
  return [NO_COLUMNS_NOTE(takes)];
}

/** Checks and prices a request. `usd_upfront_max` is the highest reading of the price table, `usd_upfront` the lowest. */
function prepare(request: FinetuneRequest, now: Date): CreateOrder {
  refuseProblems(finetuneProblems(request), JOB.refused);
  const band = priceBand(request.model, request.task_type);
  const low = upfront(band.usd_per_hour_min, request.hours);
  const high = upfront(band.usd_per_hour_max, request.hours);
  const hook = request.webhook_url ?? '';
  return {
    body: finetuneBody(request),
    summary: JOB.summary(request.hours, request.task_type, inFull(request.model)),
    what: JOB.what(request.hours, request.task_type, clean(request.model.split('/').at(-1) ?? '', 40)),
    worst: JOB.worst,
    cost: {
      usd_per_hour: 0,
      usd_upfront: low,
      usd_upfront_max: high,
      basis: JOB.basis(band, request.hours),
      quoted_at: now.toISOString(),
    },
    effects: [
      ...columnEffects(request),
      JOB.data(inFull(request.dataset_repo || request.dataset_url || '')),
      ...(hook === '' ? [] : [JOB.webhook(inFull(new URL(hook).host), inFull(hook))]),
    ],
    consequences: [...columnNotes(request), ...SUBMIT_NOTES, ...typeNotes(request.task_type)],
  };
}

/** True for the requested id, also if the reply cuts it with dots as the reference's examples do. */
const isSame = (answered: string, asked: string): boolean =>
  answered === asked || answered.replace(/\.{3}$/, '') === asked;

/** The fine-tuning jobs of a Volt account (Volt API Reference, Fine-Tuning). */
export function voltJobs(request: VoltRequest): JobOps {
  const read = async (io: Io, id: string): Promise<Job> => {
    const call = request(ENDPOINTS.getJob, io, { params: { id } });
    const found = await withNotFound('job', id, call);
    if (!isSame(found.id, id)) throw wrongId('job', id, found.id);
    return toJob(found, id);
  };

  return {
    list: async (io) => rowsOf(io, await request(ENDPOINTS.listJobs, io), 'job').map((row) => toJob(row)),
    get: read,
    prepareSubmit: prepare,
    webhookProblem,
    async submit(io, order) {
      return toJob(await request(ENDPOINTS.createJob, io, { body: order.body }));
    },
    async cancel(io, id) {
      try {
        const call = request(ENDPOINTS.cancelJob, io, { params: { id } });
        return toReply(await withNotFound('job', id, call));
      } catch (error) {
        throw await withState(error, () => read({ ...io, fresh: true }, id), JOB);
      }
    },
    cancelNotes: (job) => [...CANCEL_NOTES[job.refund_if_cancelled_now]],
  };
}
