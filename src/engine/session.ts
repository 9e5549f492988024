import type { Question } from '../gate/deps.ts';

export type { Question } from '../gate/deps.ts';

/** What a person answered, as the client reported it. */
export type Reply =
  | { kind: 'typed'; text: string }
  | { kind: 'declined' }
  | { kind: 'dismissed' }
  | { kind: 'expired' }
  | { kind: 'unshown' };

/** The other end of a call: who asked for it, and whether a person can be asked. */
export interface Session {
  id: string;
  /** Whose consents count, the same after a restart. Default: the user of this computer. */
  principal?: string | undefined;
  can_ask: boolean;
  /** Shows the question and waits for one typed line. Rejects when the call is cancelled. */
  ask(question: Question): Promise<Reply>;
}
