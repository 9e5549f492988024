import type { ToolContext } from '../core/context.ts';
import { clean } from '../core/text.ts';
import { type Prompt, SUGGESTED_BY, SUGGESTIONS, type Suggestion } from '../prompts/index.ts';
import { selectFamilies, selectResources, uriTemplateOf } from '../resources/index.ts';
import type { ResourceFamily } from '../resources/resource.ts';
import { amountIn } from './amounts.ts';
import { onlyCloud } from './context.ts';
import { givenArguments } from './input.ts';
import { meantArgument } from './meant.ts';
import { INPUT_SAYS, REQUEST_SAYS } from './messages.ts';
import { RpcError } from './rpc.ts';
import type { Runtime } from './runtime.ts';

type Redact = (text: string) => string;

/** The reply to prompts/get. */
export interface RenderedPrompt {
  description: string;
  messages: { role: 'user'; content: { type: 'text'; text: string } }[];
}

/** Max characters of an unknown name that are searched for secrets before it is repeated. */
const MAX_NAME = 1000;

/** An unknown name as a message repeats it. */
const repeated = (name: string, redact: Redact): string => clean(redact(name.slice(0, MAX_NAME)), 60);

/** @throws RpcError `invalid_params` for a prompt that does not exist */
function findPrompt(prompts: readonly Prompt[], name: string, redact: Redact): Prompt {
  const prompt = prompts.find((candidate) => candidate.name === name);
  if (prompt !== undefined) return prompt;
  throw new RpcError('invalid_params', REQUEST_SAYS.no_prompt(repeated(name, redact)));
}

/** Max unknown arguments that one message names. */
const MAX_FAULTS = 20;

/** Renders a prompt. @throws RpcError `invalid_params` for a prompt that does not exist, or wrong arguments */
export function renderPrompt(
  prompts: readonly Prompt[],
  name: string,
  args: Readonly<Record<string, string>>,
  redact: Redact,
): RenderedPrompt {
  const prompt = findPrompt(prompts, name, redact);
  const known = prompt.arguments.map((argument) => argument.name);
  const given = givenArguments(args, []);
  const strangers = Object.keys(given)
    .filter((one) => !known.includes(one))
    .slice(0, MAX_FAULTS)
    .map((one) => {
      const meant = meantArgument(one, known);
      return `${repeated(one, redact)}: ${INPUT_SAYS.no_argument(prompt.name, meant)}`;
    });
  const read: Record<string, string> = {};
  const unread = known.flatMap((one) => {
    const text = given[one];
    if (text === undefined) return [];
    const amount = amountIn(text, one);
    if ('fault' in amount) return [`${one}: ${amount.fault}`];
    read[one] = amount.text;
    return [];
  });
  const faults = [...strangers, ...unread];
  if (faults.length > 0) throw new RpcError('invalid_params', `${faults.join('; ')}.`);
  const missing = prompt.arguments
    .filter((argument) => argument.required && given[argument.name] === undefined)
    .map((argument) => argument.name);
  if (missing.length > 0) {
    throw new RpcError('invalid_params', REQUEST_SAYS.prompt_needs(prompt.name, missing));
  }
  return {
    description: prompt.description,
    messages: [{ role: 'user', content: { type: 'text', text: prompt.render(read) } }],
  };
}

/** A completion request; a client sends one with every key that a person types. */
export interface Asked {
  ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };
  argument: { name: string; value: string };
  /** The arguments that were filled in before. */
  given: Readonly<Record<string, string>>;
}

/** The reply to a completion request. */
export interface Completion {
  values: string[];
  total: number;
  hasMore: boolean;
}

/** Max values of one reply (Model Context Protocol 2025-11-25, Completion). */
const MAX_VALUES = 100;
const KEEP_MS = 10_000;
const MAX_KEPT = 20;

/** How well a suggestion fits the typed text: 0 if it begins with it, 1 if it contains it; null if neither. */
function rankOf(typed: string, { value, hints }: Suggestion): number | null {
  const words = [value, ...hints].map((word) => word.toLowerCase());
  if (words.some((word) => word.startsWith(typed))) return 0;
  return words.some((word) => word.includes(typed)) ? 1 : null;
}

/** The suggestions that fit, best first; all of them if nothing is typed. */
function complete(typed: string, suggestions: readonly Suggestion[]): Completion {
  const wanted = typed.trim().toLowerCase();
  const fitting = suggestions.flatMap((suggestion) => {
    const rank = rankOf(wanted, suggestion);
    return rank === null ? [] : [{ value: suggestion.value, rank }];
  });
  fitting.sort((a, b) => a.rank - b.rank);
  const values = [...new Set(fitting.map(({ value }) => value))];
  return {
    values: values.slice(0, MAX_VALUES),
    total: values.length,
    hasMore: values.length > MAX_VALUES,
  };
}

const NOTHING: Completion = { values: [], total: 0, hasMore: false };

/** Makes the context of a reading that several requests share, so that the cancellation of one does not end it. */
type Reading = () => ToolContext;

/** The ids of a family's things; of one cloud, if it was named before. */
async function idsOf(
  family: ResourceFamily,
  ctx: ToolContext,
  cloud: string | undefined,
): Promise<Suggestion[]> {
  if (cloud !== undefined && !ctx.clouds.knows(cloud)) return [];
  const clouds = cloud === undefined ? ctx.clouds : onlyCloud(ctx.clouds, ctx.clouds.get(cloud));
  const things = await family.list({ ...ctx, clouds });
  return things.map(({ ref, name }) => ({ value: ref.split(':').slice(2).join(':'), hints: [name] }));
}

/**
 * Creates the function that answers completion requests. Readings of the clouds are kept for ten seconds, and a cloud that
 * cannot be read completes nothing, because an error would disturb the person who types. A pod is found by its name, too;
 * its id is filled in.
 */
export function createCompleter(
  runtime: Pick<Runtime, 'clouds' | 'cloudIds' | 'monotonic' | 'redact' | 'tools'>,
  prompts: readonly Prompt[],
): (asked: Asked, reading: Reading) => Promise<Completion> {
  const kept = new Map<string, { until: number; suggestions: Promise<Suggestion[]> }>();

  const recent = (key: string, read: () => Promise<Suggestion[]>): Promise<Suggestion[]> => {
    const now = runtime.monotonic();
    const known = kept.get(key);
    if (known !== undefined && known.until > now) return known.suggestions;
    if (kept.size >= MAX_KEPT) kept.clear();
    const suggestions = read().catch((): Suggestion[] => {
      kept.delete(key);
      return [];
    });
    kept.set(key, { until: now + KEEP_MS, suggestions });
    return suggestions;
  };

  const ofPrompt = async (name: string, asked: Asked, reading: Reading): Promise<Completion> => {
    const prompt = findPrompt(prompts, name, runtime.redact);
    const suggests = prompt.arguments.find((argument) => argument.name === asked.argument.name)?.suggests;
    if (suggests === undefined || !runtime.tools.has(SUGGESTED_BY[suggests])) return NOTHING;
    return complete(asked.argument.value, await recent(suggests, () => SUGGESTIONS[suggests](reading())));
  };

  const ofTemplate = async (uri: string, asked: Asked, reading: Reading): Promise<Completion> => {
    const family = selectFamilies(runtime).find((one) => uriTemplateOf(runtime.clouds, one) === uri);
    if (family === undefined) {
      if (selectResources(runtime).some((fixed) => fixed.uri === uri)) return NOTHING;
      throw new RpcError('invalid_params', REQUEST_SAYS.no_template);
    }
    const { name, value } = asked.argument;
    if (name === 'cloud' && uri.includes('{cloud}')) {
      const able = runtime.clouds.all().filter(family.needs);
      return complete(
        value,
        able.map(({ id, title }) => ({ value: id, hints: [title] })),
      );
    }
    if (name !== 'id') return NOTHING;
    const cloud = asked.given.cloud?.trim().toLowerCase() || undefined;
    return complete(
      value,
      await recent(`${family.kind} ${cloud ?? ''}`, () => idsOf(family, reading(), cloud)),
    );
  };

  return (asked, reading) =>
    asked.ref.type === 'ref/prompt'
      ? ofPrompt(asked.ref.name, asked, reading)
      : ofTemplate(asked.ref.uri, asked, reading);
}
