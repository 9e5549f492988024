import * as z from 'zod';
import type { ActionReply, Cloud } from '../core/cloud.ts';
import type { Outcome } from '../core/outcome.ts';
import { type Kind, LISTED_BY } from '../core/ref.ts';
import { DONE, gatedOutput, says, sentences } from './fields.ts';

/** The output of a tool that removes a thing for good. */
export const removalOutput = gatedOutput({ ref: z.string().optional() });
type Output = z.input<typeof removalOutput>;

/** A removal and how to see whether it happened: by the cloud's list of what is left. */
export interface Removal {
  ref: string;
  kind: Kind;
  at: Cloud;
  verb: 'deleted' | 'revoked';
  /** Reads what is left, never from a cache. */
  left: () => Promise<readonly { ref: string }[]>;
}

const isGone = async ({ left, ref }: Removal): Promise<boolean> =>
  (await left()).every((row) => row.ref !== ref);

/** The result after the cloud accepted a removal; what it says is checked against its list. */
export async function afterRemoval(removal: Removal, reply: ActionReply): Promise<Output> {
  const { ref, verb, kind, at } = removal;
  const gone = await isGone(removal).catch(() => null);
  const end = gone
    ? `${ref} is ${verb}.`
    : `${at.title} accepted that ${ref} be ${verb}, but ${gone === null ? 'the list could not be read again' : 'it is still listed'}: check with ${LISTED_BY[kind]}.`;
  const said = says(at.title, reply.message);
  return { status: DONE, ref, message: sentences(end, said, ...reply.notes) };
}

/** One look after a removal whose reply was lost. */
export async function lookForRemoval(removal: Removal): Promise<Outcome<Output>> {
  const { ref, verb } = removal;
  if (await isGone(removal)) {
    return { found: { status: DONE, ref, message: `${ref} is ${verb}: it is no longer listed.` } };
  }
  return { notFound: `${ref} is still listed.`, candidates: [ref] };
}
