import { clean, nearest } from '../core/text.ts';
import type { Prompt } from '../prompts/index.ts';
import { amountIn } from './amounts.ts';
import { givenArguments } from './input.ts';
import { meantArgument } from './meant.ts';
import { INPUT_SAYS, REQUEST_SAYS } from './messages.ts';
import { RpcError } from './rpc.ts';

/** Replaces secrets. */
export type Redact = (text: string) => string;

/** The reply to prompts/get. */
export interface RenderedPrompt {
  description: string;
  messages: { role: 'user'; content: { type: 'text'; text: string } }[];
}

/** Max characters of an unknown name that are searched for secrets before it is repeated. */
const MAX_NAME = 1000;

/** An unknown name as a message repeats it. */
const repeated = (name: string, redact: Redact): string => clean(redact(name.slice(0, MAX_NAME)), 60);

/** The prompt of this name. @throws RpcError `invalid_params` if there is none */
export function findPrompt(prompts: readonly Prompt[], name: string, redact: Redact): Prompt {
  const prompt = prompts.find((candidate) => candidate.name === name);
  if (prompt !== undefined) return prompt;
  const meant = nearest(
    name.slice(0, MAX_NAME),
    prompts.map((one) => one.name),
  );
  throw new RpcError('invalid_params', REQUEST_SAYS.no_prompt(repeated(name, redact), meant));
}

/** Max unknown arguments that one message names. */
const MAX_FAULTS = 20;

/** The fault of an argument that `of`, a prompt or resource template, does not have. */
export const strangeArgument = (name: string, of: string, known: readonly string[], redact: Redact): string =>
  `${repeated(name, redact)}: ${INPUT_SAYS.no_argument(of, meantArgument(name, known))}`;

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
    .map((one) => strangeArgument(one, prompt.name, known, redact));
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
