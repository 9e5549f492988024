import type { FinetuneRequest } from '../../core/cloud.ts';
import { quote } from '../../core/text.ts';
import { isGiven, missing, nameProblems, type Problem, surplus } from './problems.ts';
import { datasetUrlProblem, webhookProblem } from './webhook.ts';

/** Values of `chatTemplate` (Fine-Tuning > Chat Templates). */
export const CHAT_TEMPLATES = [
  'alpaca',
  'chatml',
  'deepseek_v3',
  'gemma3',
  'llama3',
  'llama4',
  'mistral_v3_tekken',
  'phi_4',
  'qwen_25',
  'qwen3',
] as const;

/** Values of `imageModelType`: Flux is shown, SDXL follows from the description of the task type `image`. */
export const IMAGE_MODEL_TYPES = ['flux', 'sdxl'] as const;

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
const RULES: Readonly<Record<string, Rule>> = {
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

/** The task types that can be submitted. */
export const TASK_TYPES = Object.keys(RULES);

const REPO = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;
const MAX_HOURS = 1000;
const MAX_FIELD = 100;

const ruleOf = (taskType: string): Rule | undefined =>
  Object.hasOwn(RULES, taskType) ? RULES[taskType] : undefined;

function typeProblem(taskType: string): Problem {
  const undocumented = taskType === 'custom_dpo' || taskType === 'custom_grpo';
  const why = undocumented ? `${taskType} is not documented` : taskType === '' ? 'needed' : 'unknown';
  return { field: 'task_type', why: `${why}; one of ${TASK_TYPES.join(', ')}` };
}

const repoProblem = (field: string, value: string | undefined, what: string): Problem[] =>
  !isGiven(value) || REPO.test(value ?? '')
    ? []
    : [{ field, why: `must be a HuggingFace ${what} of the form owner/name` }];

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

function valueProblems(request: FinetuneRequest): Problem[] {
  const problems: Problem[] = [];
  const oneOf = (field: Extra, values: readonly string[]) => {
    const value = request[field];
    if (isGiven(value) && !values.some((known) => known === value)) {
      problems.push({ field, why: `one of ${values.join(', ')}` });
    }
  };
  oneOf('chat_template', CHAT_TEMPLATES);
  oneOf('image_model_type', IMAGE_MODEL_TYPES);
  for (const field of EXTRA_FIELDS.filter((name) => name.startsWith('field_'))) {
    if ((request[field] ?? '').length > MAX_FIELD)
      problems.push({ field, why: `at most ${MAX_FIELD} characters` });
  }
  const url = isGiven(request.dataset_url) ? datasetUrlProblem(request.dataset_url ?? '') : null;
  if (url !== null) problems.push({ field: 'dataset_url', why: url });
  const hook = request.webhook_url === undefined ? null : webhookProblem(request.webhook_url);
  if (hook !== null) problems.push({ field: 'webhook_url', why: hook });
  return problems;
}

/** Everything wrong with a request for a fine-tuning job, each with the field as the tool names it. */
export function finetuneProblems(request: FinetuneRequest): Problem[] {
  const rule = ruleOf(request.task_type);
  const hours = request.hours;
  const inRange = Number.isFinite(hours) && hours > 0 && hours <= MAX_HOURS;
  return [
    ...nameProblems(request.name),
    ...missing({ model: request.model }, 'needed: a HuggingFace model id'),
    ...repoProblem('model', request.model, 'model id'),
    ...(inRange ? [] : [{ field: 'hours', why: `more than 0 and at most ${MAX_HOURS}` }]),
    ...(rule === undefined ? [typeProblem(quoteType(request.task_type))] : ruleProblems(request, rule)),
    ...repoProblem('dataset_repo', request.dataset_repo, 'dataset id'),
    ...valueProblems(request),
  ];
}

const quoteType = (type: string): string => (/^[a-z_]{0,40}$/.test(type) ? type : quote(type));

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
