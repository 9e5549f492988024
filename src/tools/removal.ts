import * as z from 'zod';
import type { ActionReply, Cloud, Io } from '../core/cloud.ts';
import { resolve, type ToolContext } from '../core/context.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Planned } from '../core/plan.ts';
import type { Kind } from '../core/ref.ts';
import { challengeFor, clean, quote } from '../core/text.ts';
import { DONE, gatedOutput, head, quoteReply, refField, sentences } from './fields.ts';
import { type Common, defineTool, type Tool } from './tool.ts';

const output = gatedOutput({ ref: z.string().optional() });
type Output = z.input<typeof output>;

interface Thing {
  name: string | null;
  id: string;
}

/** The thing of a removal plan, and what the plan shows of it. */
interface RemovalPlan<T extends Thing> {
  thing: T;
  effects: string[];
  consequences: string[];
  facts: Planned['facts'];
  /** The worst consequence, one sentence of at most 80 columns. */
  worst: string;
}

/** A thing that a ref names, on its cloud. */
interface Named {
  at: Cloud;
  id: string;
  ref: string;
}

/** A tool that removes one thing for good; after a lost reply the cloud's list shows whether it happened. */
interface RemovalSpec<T extends Thing>
  extends Omit<Common<z.ZodObject, z.ZodObject>, 'input' | 'output' | 'text'> {
  kind: Kind;
  noun: string;
  /** The verb and the scope of the removal: `Delete`, `deleted`, `for good`. */
  verb: { imperative: string; past: 'deleted' | 'revoked'; scope: string };
  /** Reads the thing, refuses what cannot be removed, and draws up the plan. `agreed`: as for any gated tool. */
  plan: (named: Named, io: Io, agreed: Planned['facts'] | null) => Promise<RemovalPlan<T>>;
  remove: (named: Named, io: Io) => Promise<ActionReply>;
  /** Reads what is left. */
  left: (named: Named, io: Io) => Promise<readonly { ref: string }[]>;
  /** A sentence for the user after the removal; null = none. */
  afterwards?: (named: Named, thing: T) => string | null;
  /** A sentence about the thing that a failed `left` proves; null = none. */
  provedBy?: (error: unknown, named: Named, thing: T) => string | null;
}

/** A thing in one phrase for a plan: quoted name, cloud, id. */
export const describeThing = (at: Cloud, noun: string, thing: Thing): string =>
  `${noun} ${quote(thing.name)} (${at.title} id ${clean(thing.id, 80)})`;

/** Turns the declaration of a removal into a tool. */
export function removalTool<T extends Thing>(spec: RemovalSpec<T>): Tool {
  const { kind, noun, verb, plan, remove, left, afterwards, provedBy, ...common } = spec;
  const ref = (given: object): string => z.object({ [kind]: z.string() }).parse(given)[kind] ?? '';
  const named = (given: object, ctx: ToolContext): Named => {
    const { at, id } = resolve(ctx, ref(given), kind);
    return { at, id, ref: ref(given) };
  };
  /** Whether the thing is gone, and the sentence that proves it if the list could not be read. */
  const readLeft = async (one: Named, io: Io, thing: T): Promise<{ gone: boolean; proof: string | null }> => {
    try {
      const rows = await left(one, io);
      return { gone: rows.every((row) => row.ref !== one.ref), proof: null };
    } catch (error) {
      const proof = provedBy?.(error, one, thing) ?? null;
      if (proof === null) throw error;
      return { gone: true, proof };
    }
  };
  return defineTool({
    ...common,
    effect: 'destroy',
    input: z.strictObject({ [kind]: refField(kind).describe(`${noun.toLowerCase()} ref`) }),
    output,
    async plan(given, ctx, agreed) {
      const one = named(given, ctx);
      const { thing, effects, consequences, facts, worst } = await plan(one, ctx.io, agreed);
      return {
        plan: {
          ref: one.ref,
          summary: `${verb.imperative} ${describeThing(one.at, noun, thing)} ${verb.scope}.`,
          effects,
          consequences,
          challenge: challengeFor(thing.name, thing.id),
        },
        head: head(`${verb.imperative} ${one.at.title} ${noun}`, thing.name, worst),
        cloud: one.at.id,
        facts,
        data: thing,
      };
    },
    async run(given, ctx, { data }): Promise<{ done: Output }> {
      const one = named(given, ctx);
      const reply = await remove(one, ctx.io);
      const message = sentences(
        `${one.ref} is ${verb.past}.`,
        quoteReply(one.at.title, reply.message),
        ...reply.notes,
        afterwards?.(one, data),
      );
      return { done: { status: DONE, ref: one.ref, message } };
    },
    async reconcile(given, ctx, { data }): Promise<Outcome<Output>> {
      const one = named(given, ctx);
      const { gone, proof } = await readLeft(one, ctx.io, data);
      if (!gone) return { notFound: `${one.ref} is still listed.`, candidates: [one.ref] };
      const message =
        proof === null
          ? `${one.ref} is ${verb.past}: it is no longer listed.`
          : `${one.ref} is ${verb.past}. ${proof}`;
      return { found: { status: DONE, ref: one.ref, message } };
    },
  });
}
