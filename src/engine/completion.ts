import type { ToolContext } from '../core/context.ts';
import { gpuWords } from '../core/search-words.ts';
import { type Prompt, SUGGESTED_BY, SUGGESTIONS, type Suggestion } from '../prompts/index.ts';
import { selectFamilies, selectResources, uriTemplateOf } from '../resources/index.ts';
import type { ResourceFamily } from '../resources/resource.ts';
import { onlyCloud } from './context.ts';
import { REQUEST_SAYS } from './messages.ts';
import { findPrompt, strangeArgument } from './prompts.ts';
import { RpcError } from './rpc.ts';
import type { Runtime } from './runtime.ts';

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

/** Splits a text into the words by which it is searched. */
type WordsOf = (text: string) => string[];

const plainWords: WordsOf = (text) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/**
 * How well a suggestion fits the typed text: 0 if it begins with it, 1 if it contains it, 2 if its words begin with the
 * typed ones, in any order; null if none of these.
 */
function rankOf(typed: string, { value, hints }: Suggestion, wordsOf: WordsOf): number | null {
  const texts = [value, ...hints].map((text) => text.toLowerCase());
  if (texts.some((text) => text.startsWith(typed))) return 0;
  if (texts.some((text) => text.includes(typed))) return 1;
  const known = texts.flatMap(wordsOf);
  const wanted = wordsOf(typed);
  return wanted.length > 0 && wanted.every((word) => known.some((one) => one.startsWith(word))) ? 2 : null;
}

/** The suggestions that fit, best first; all of them if nothing is typed. */
function complete(typed: string, suggestions: readonly Suggestion[], wordsOf = plainWords): Completion {
  const wanted = typed.trim().toLowerCase();
  const fitting = suggestions.flatMap((suggestion) => {
    const rank = rankOf(wanted, suggestion, wordsOf);
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
type MakeContext = () => ToolContext;

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
  runtime: Pick<Runtime, 'clouds' | 'monotonic' | 'redact' | 'tools'>,
  prompts: readonly Prompt[],
): (asked: Asked, reading: MakeContext) => Promise<Completion> {
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

  /** @throws RpcError `invalid_params` for an argument that the prompt or template does not have */
  const mustKnow = ({ argument: { name } }: Asked, of: string, known: readonly string[]) => {
    if (known.includes(name)) return;
    throw new RpcError('invalid_params', `${strangeArgument(name, of, known, runtime.redact)}.`);
  };

  const ofPrompt = async (name: string, asked: Asked, reading: MakeContext): Promise<Completion> => {
    const prompt = findPrompt(prompts, name, runtime.redact);
    mustKnow(
      asked,
      prompt.name,
      prompt.arguments.map((argument) => argument.name),
    );
    const suggests = prompt.arguments.find((argument) => argument.name === asked.argument.name)?.suggests;
    if (suggests === undefined || !runtime.tools.has(SUGGESTED_BY[suggests])) return NOTHING;
    const suggestions = await recent(suggests, () => SUGGESTIONS[suggests](reading()));
    return complete(asked.argument.value, suggestions, suggests === 'gpu_models' ? gpuWords : plainWords);
  };

  const ofTemplate = async (uri: string, asked: Asked, reading: MakeContext): Promise<Completion> => {
    const family = selectFamilies(runtime).find((one) => uriTemplateOf(runtime.clouds, one) === uri);
    if (family === undefined) {
      if (selectResources(runtime).some((fixed) => fixed.uri === uri)) return NOTHING;
      throw new RpcError('invalid_params', REQUEST_SAYS.no_template);
    }
    const { name, value } = asked.argument;
    mustKnow(asked, uri, uri.includes('{cloud}') ? ['cloud', 'id'] : ['id']);
    if (name === 'cloud') {
      const able = runtime.clouds.all().filter(family.needs);
      return complete(
        value,
        able.map(({ id, title }) => ({ value: id, hints: [title] })),
      );
    }
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
