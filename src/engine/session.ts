import { isObject } from '../core/text.ts';
import type { PersonReply, Question } from '../gate/deps.ts';

/** What became of a question. `expired`: nobody answered in time; `unshown`: the client failed to show it. */
export type Reply = PersonReply | { kind: 'expired' } | { kind: 'unshown' };

/** The other end of a call: who asked for it, and whether a person can be asked. */
export interface Session {
  id: string;
  /** Whose consents count; the same after a restart. Default: the user of this computer. */
  principal?: string | undefined;
  can_ask: boolean;
  /** Shows the question and waits for one typed line. Rejects when the call is cancelled. */
  ask(question: Question): Promise<Reply>;
}

/** A question to a person in the shape of `elicitation/create`, which both protocol revisions share. */
interface Form {
  message: string;
  requestedSchema: {
    type: 'object';
    properties: Record<string, { type: 'string'; title: string; description: string; minLength: number }>;
    required: string[];
  };
}

/** The field that is typed into. */
const FIELD = 'confirm';

/** The form of a question: one required string, never an empty form (some hosts accept those by themselves). */
export const formOf = ({ message, challenge, description }: Question): Form => ({
  message,
  requestedSchema: {
    type: 'object',
    properties: {
      [FIELD]: { type: 'string', title: `Type "${challenge}" to confirm`, description, minLength: 1 },
    },
    required: [FIELD],
  },
});

/**
 * The person's answer as a client reported it. Some clients turn text that looks like a number into one. `accept` with any
 * other value, or none, is no consent.
 */
export function replyOf(answer: unknown): PersonReply {
  if (!isObject(answer)) return { kind: 'dismissed' };
  if (answer.action === 'decline') return { kind: 'declined' };
  if (answer.action !== 'accept') return { kind: 'dismissed' };
  const typed = isObject(answer.content) ? answer.content[FIELD] : undefined;
  return typeof typed === 'string' || typeof typed === 'number'
    ? { kind: 'typed', text: String(typed) }
    : { kind: 'empty' };
}
