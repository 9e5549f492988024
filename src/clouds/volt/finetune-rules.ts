import type { FinetuneRequest } from '../../core/finetune.ts';
import type { Problem } from '../shared.ts';
import { isGiven, missing, surplus } from './errors.ts';
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

interface Rule {
  data: 'dataset_repo' | 'dataset_url';
  required: readonly Extra[];
  optional: readonly Extra[];
}

/**
 * What each task type takes: the fields of its example (Fine-Tuning > Fine-Tuning Jobs). Nothing there is marked as
 * required; we require what an example shows, but for field names whose defaults the vendor's guide tells.
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
    ...missing(pick(rule.required), `needed for task type ${type}`),
    ...surplus(pick(EXTRA_FIELDS.filter((field) => !allowed.has(field))), `not for task type ${type}`),
  ];
};

/** What of a request does not fit its task type, or leads where it must not, each with the field as the tool names it. */
export function finetuneProblems(request: FinetuneRequest): Problem[] {
  const { dataset_url, webhook_url } = request;
  const url = dataset_url === undefined || dataset_url === '' ? null : datasetUrlProblem(dataset_url);
  const hook = webhook_url === undefined ? null : webhookProblem(webhook_url);
  return [
    ...ruleProblems(request, RULES[request.task_type]),
    ...(url === null ? [] : [{ field: 'dataset_url', why: url }]),
    ...(hook === null ? [] : [{ field: 'webhook_url', why: hook }]),
  ];
}

/** The body of a checked request: camelCase, the documented order, only what was given. */
export function finetuneBody(request: FinetuneRequest): Record<string, unknown> {
  const body: Record<string, unknown> = {
    name: request.name,
    taskType: request.task_type,
    model: request.model,
  };
  if (isGiven(request.dataset_repo)) body.dsRepo = request.dataset_repo;
  if (isGiven(request.dataset_url)) body.datasetUrl = request.dataset_url;
  body.hours = request.hours;
  for (const field of EXTRA_FIELDS) {
    if (isGiven(request[field])) body[EXTRAS[field]] = request[field];
  }
  if (isGiven(request.webhook_url)) body.webhookUrl = request.webhook_url;
  return body;
}
