import type { TextResult, Usage } from '../../core/cloud.ts';
import { isObject } from '../fields.ts';
import { fail } from './errors.ts';
import { words } from './parse.ts';
import { type Completion, completion } from './wire.ts';

const MAX_TEXT_CHARS = 1_000_000;
const NO_USAGE: Usage = { prompt_tokens: null, completion_tokens: null, total_tokens: null };

/** The finish reason of a text that this server cut, because it grew beyond a million characters. */
export const CUT = 'cut_by_client';

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

function complaint(chunk: unknown): string | null {
  if (!isObject(chunk) || chunk.error === undefined || chunk.error === null) return null;
  const said = isObject(chunk.error) ? chunk.error.message : chunk.error;
  return words(said) ?? 'no reason given';
}

/** Collects a streamed completion; see `collect`. */
export interface Collector {
  /** Takes one `data:` payload. @throws GpuError, which ends the stream. */
  take: (data: string) => void;
  /** The whole text. `rest` is the reply's body if it was not declared as a stream: a completion, or events. */
  finish: (rest: unknown) => TextResult;
}

/**
 * Puts the chunks of a streamed completion together (Nebula Block API Reference, Inference API > Generate Text).
 * A stream is whole when `[DONE]` or a finish reason came. Both parts throw GpuError: `upstream_error` for an error
 * that the cloud sent or a stream that broke off, `unexpected_response` for what is no completion.
 */
export function collect(model: string, onText: (piece: string) => void): Collector {
  let text = '';
  let said: string | null = null;
  let finishReason: string | null = null;
  let usage: Usage = NO_USAGE;
  let ended = false;

  const add = (piece: string) => {
    const room = MAX_TEXT_CHARS - text.length;
    if (piece.length > room) finishReason = CUT;
    const kept = piece.slice(0, Math.max(room, 0));
    if (kept === '') return;
    text += kept;
    onText(kept);
  };

  const absorb = (chunk: Completion) => {
    said ??= chunk.model;
    if (chunk.usage) usage = chunk.usage;
    const choice = chunk.choices?.find(({ index }) => index === 0 || index === null);
    if (choice === undefined) return;
    const piece = choice.delta?.content ?? choice.message?.content;
    if (piece) add(piece);
    if (choice.finish_reason !== null && finishReason !== CUT) finishReason = choice.finish_reason;
  };

  const takeValue = (value: unknown) => {
    const error = complaint(value);
    if (error !== null)
      throw fail('upstream_error', `Nebula broke the answer off: "${error.replaceAll('"', "'")}"`);
    const chunk = completion.safeParse(value);
    if (!chunk.success)
      throw fail('unexpected_response', 'Nebula sent a piece of an answer that cannot be read.');
    absorb(chunk.data);
  };

  const take = (data: string) => {
    if (ended) return;
    if (data.trim() === '[DONE]') ended = true;
    else takeValue(parsed(data));
  };

  const takeUnstreamed = (rest: unknown) => {
    if (rest === null || rest === undefined) return;
    const lines =
      typeof rest === 'string' ? rest.split(/\r?\n/).filter((line) => line.startsWith('data:')) : [];
    if (lines.length === 0)
      return takeValue(isObject(rest) && Array.isArray(rest.choices) ? rest : undefined);
    for (const line of lines) take(line.slice('data:'.length));
  };

  return {
    take,
    finish: (rest) => {
      if (!ended && text === '' && finishReason === null) takeUnstreamed(rest);
      if (!ended && finishReason === null) {
        throw fail('upstream_error', `The answer broke off after ${text.length} characters.`, {
          hint: 'What was generated until then may have been charged.',
        });
      }
      return { model: said ?? model, text, finish_reason: finishReason, usage };
    },
  };
}
