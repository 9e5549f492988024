import { clean } from '../core/text.ts';
import type { Prompt } from '../prompts/index.ts';
import { givenArguments } from './input.ts';
import { meantArgument } from './meant.ts';
import { RpcError } from './rpc.ts';

type Redact = (text: string) => string;

/** The reply to prompts/get. */
export interface RenderedPrompt {
  description: string;
  messages: { role: 'user'; content: { type: 'text'; text: string } }[];
}

/** As much of a name that a caller made up as is searched for secrets before it is repeated. */
const MAX_NAME = 1000;

/** A name that a caller made up, as a message repeats it. */
const repeated = (name: string, redact: Redact): string => clean(redact(name.slice(0, MAX_NAME)), 60);

/** @throws RpcError `invalid_params` for a prompt that there is not */
export function findPrompt(prompts: readonly Prompt[], name: string, redact: Redact): Prompt {
  const prompt = prompts.find((candidate) => candidate.name === name);
  if (prompt !== undefined) return prompt;
  throw new RpcError('invalid_params', `There is no prompt "${repeated(name, redact)}".`);
}

/** How many strange arguments one message names. */
const MAX_FAULTS = 20;

/** @throws RpcError `invalid_params` for a prompt that there is not, or arguments that it does not take */
export function renderPrompt(
  prompts: readonly Prompt[],
  name: string,
  args: Readonly<Record<string, string>>,
  redact: Redact,
): RenderedPrompt {
  const prompt = findPrompt(prompts, name, redact);
  const known = prompt.arguments.map((argument) => argument.name);
  const given = givenArguments(args, []);
  const faults = Object.keys(given)
    .filter((one) => !known.includes(one))
    .slice(0, MAX_FAULTS)
    .map((one) => {
      const meant = meantArgument(one, known);
      return `${repeated(one, redact)} is not an argument of ${prompt.name}${meant === null ? '' : ` (did you mean ${meant}?)`}`;
    });
  if (faults.length > 0) throw new RpcError('invalid_params', `${faults.join('; ')}.`);
  const missing = prompt.arguments
    .filter((argument) => argument.required && given[argument.name] === undefined)
    .map((argument) => argument.name);
  if (missing.length > 0) {
    throw new RpcError('invalid_params', `${prompt.name} needs: ${missing.join(', ')}.`);
  }
  return {
    description: prompt.description,
    messages: [{ role: 'user', content: { type: 'text', text: prompt.render(given) } }],
  };
}
