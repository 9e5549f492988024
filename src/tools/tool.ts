import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import type { ToolContext } from '../core/context.ts';
import { type Feature, hasFeature } from '../core/features.ts';
import type { Extra, Outcome, PartEnd, Written } from '../core/outcome.ts';
import { completePlan, type Metered, type PlanDraft, type Planned } from '../core/plan.ts';
import type { Toolset } from '../core/policy.ts';
import { shownTo } from '../core/shown.ts';
import { kindsNamedBy } from './fields.ts';

/** The effect of a tool. Annotations, gate, read-only filter and docs follow from it. */
export type Effect = 'read' | 'use' | 'change' | 'spend' | 'interrupt' | 'destroy';

const withMessage = z.object({ message: z.string() });
const messageOf = (output: unknown): string => withMessage.parse(output).message;

/** True if a cloud has what an input field needs. */
type CloudTest = (cloud: Cloud) => boolean;

/** The common part of all declarations of tools. */
export interface Common<I extends z.ZodObject, O extends z.ZodObject> {
  /** `verb_noun`, snake_case. */
  name: string;
  title: string;
  /** Its purpose, its difference from similar tools, its cost. A cloud is named in a `[<cloud>: …]` part alone, which is shown only if that cloud is configured; this holds for field descriptions too. The list of tools adds which clouds a tool is for, if not for all. */
  description: string;
  toolset: Toolset;
  /** The feature that a cloud must have; left out: none. Without such a cloud the tool does not exist. */
  needs?: Feature;
  input: I;
  /** Its input may hold images in base64. */
  takes_images?: true;
  /** Most conversations need it, so a host that loads tools on demand should load it at once. */
  always_load?: true;
  /** Other names that models call it by, if replacing single words (`engine/meant.ts`) does not lead to it. */
  also_called?: readonly string[];
  /** Its result can hold text of strangers although the tool does more than read. */
  open_world?: true;
  /** After it, resources/list may show other things. */
  changes_list?: true;
  /** It ends costs, or is meant to: it is sent even if its order cannot be recorded. */
  ends_costs?: true;
  /** Input fields that exist only if a configured cloud has what they need. */
  only?: Partial<Record<keyof z.infer<I> & string, CloudTest>>;
  output: O;
  /** The result as text for a model, never JSON. Left out: the output's own `message`. */
  text?: (output: z.infer<O>, input: z.infer<I>) => string;
  /** The result for programs, with the same facts. Left out: the output without empty fields. */
  shown?: (output: z.infer<O>) => Record<string, unknown>;
}

interface ReadTool<I extends z.ZodObject, O extends z.ZodObject> extends Common<I, O> {
  effect: 'read';
  /** Returns the output; `attach` puts content beside it. */
  run: (input: z.infer<I>, ctx: ToolContext, attach: (extra: Extra) => void) => Promise<z.input<O>>;
}

interface MeteredTool<I extends z.ZodObject, O extends z.ZodObject> extends Common<I, O> {
  effect: 'use';
  /**
   * Who bills it. Sends nothing, because a call that an allowance covers needs no plan. Checks what the schema cannot.
   * @throws GpuError `invalid_input`
   */
  metered: (input: z.infer<I>, ctx: ToolContext) => Metered;
  /** As for a gated tool; the gate adds what the consent covers. */
  plan: (input: z.infer<I>, ctx: ToolContext) => Promise<PlanDraft<null>>;
  /** `planned`: null if an allowance covers the call. */
  run: (input: z.infer<I>, ctx: ToolContext, planned: Planned | null) => Promise<Written<z.input<O>>>;
}

interface FreeTool<I extends z.ZodObject, O extends z.ZodObject> extends Common<I, O> {
  effect: 'change';
  /** Runs without a confirmation. */
  plan: 'unconfirmed';
  run: (input: z.infer<I>, ctx: ToolContext) => Promise<Written<z.input<O>>>;
  /** One reading after a write whose reply was lost. */
  reconcile?: (input: z.infer<I>, ctx: ToolContext) => Promise<Outcome<z.input<O>>>;
}

interface GatedTool<I extends z.ZodObject, O extends z.ZodObject, D> extends Common<I, O> {
  effect: 'change' | 'spend' | 'interrupt' | 'destroy';
  /**
   * Reads the present state and price and draws up the plan; `ctx.io` reads for the gate, never from a cache, here and in
   * `reconcile`. Sends no write. `agreed`: the facts of the plan that was
   * agreed to, if this is the last reading before it is carried out.
   */
  plan: (input: z.infer<I>, ctx: ToolContext, agreed: Planned['facts'] | null) => Promise<PlanDraft<D>>;
  run: (input: z.infer<I>, ctx: ToolContext, planned: Planned<D>) => Promise<Written<z.input<O>>>;
  /**
   * One reading after a write whose reply was lost or named nothing. `isAccepted`: the cloud accepted the write, but
   * did not name what it made.
   */
  reconcile: (
    input: z.infer<I>,
    ctx: ToolContext,
    planned: Planned<D>,
    isAccepted: boolean,
  ) => Promise<Outcome<z.input<O>>>;
  /**
   * The result of a plan with parts, by how each of them ended; `run` and `reconcile` then get one part at a time.
   * @throws GpuError if nothing of it took effect
   */
  combine?: (input: z.infer<I>, planned: Planned<D>, ends: readonly PartEnd[]) => z.input<O>;
}

/** The declaration of a tool; leaving `plan` out of one that is not `read` does not compile. */
type ToolSpec<I extends z.ZodObject, O extends z.ZodObject, D> =
  | ReadTool<I, O>
  | MeteredTool<I, O>
  | FreeTool<I, O>
  | GatedTool<I, O, D>;

/** A tool without its own types, for the registry, the server and the docs. */
export interface Tool
  extends Pick<
    Common<z.ZodObject, z.ZodObject>,
    'name' | 'title' | 'description' | 'toolset' | 'input' | 'output'
  > {
  needs: (cloud: Cloud) => boolean;
  effect: Effect;
  gated: boolean;
  takesImages: boolean;
  alwaysLoad: boolean;
  alsoCalled: readonly string[];
  openWorld: boolean;
  changesList: boolean;
  endsCosts: boolean;
  only: Readonly<Record<string, CloudTest>>;
  /** Opens the tool for one call; the input is parsed (and its type known) inside. @throws ZodError */
  open: (args: unknown) => OpenCall;
  text: (output: unknown, input: unknown) => string;
  shown: (output: object) => Record<string, unknown>;
}

/** What a call is about, as far as its input says. */
interface Subject {
  /** The name that the new thing will have. */
  name: string | null;
  /** The first ref in the input. */
  target: string | null;
}

/** One call with its parsed input. */
export interface OpenCall {
  input: Record<string, unknown>;
  subject: Subject;
  plan: ((ctx: ToolContext, agreed: Planned['facts'] | null) => Promise<Planned>) | null;
  run: (ctx: ToolContext, planned: Planned | null) => Promise<Written<unknown>>;
  reconcile:
    | ((ctx: ToolContext, planned: Planned | null, isAccepted: boolean) => Promise<Outcome<unknown>>)
    | null;
  /** Null for a tool that is not billed by the call. */
  metered: ((ctx: ToolContext) => Metered) | null;
  /** The result of a plan with parts; null for a tool whose plans have none. */
  combine: ((planned: Planned, ends: readonly PartEnd[]) => unknown) | null;
}

/** Turns a declaration into a tool. Nothing is registered anywhere: a tool is a value. */
export function defineTool<I extends z.ZodObject, O extends z.ZodObject, D = null>(
  spec: ToolSpec<I, O, D>,
): Tool {
  const { text = messageOf, shown = shownTo } = spec;
  return {
    name: spec.name,
    title: spec.title,
    description: spec.description,
    toolset: spec.toolset,
    needs: (cloud) => spec.needs === undefined || hasFeature(cloud, spec.needs),
    input: spec.input,
    output: spec.output,
    effect: spec.effect,
    gated: spec.effect !== 'read' && spec.plan !== 'unconfirmed',
    takesImages: spec.takes_images === true,
    alwaysLoad: spec.always_load === true,
    alsoCalled: spec.also_called ?? [],
    openWorld: spec.open_world === true,
    changesList: spec.changes_list === true,
    endsCosts: spec.ends_costs === true,
    only: (spec.only ?? {}) as Record<string, CloudTest>,
    text: (output, input) => text(output as z.infer<O>, input as z.infer<I>),
    shown: (output) => shown(output as z.infer<O>),
    open: (args) => {
      const input = spec.input.parse(args);
      return { ...openCall(spec, input), subject: subjectOf(spec.input.shape, input) };
    },
  };
}

/** What a call is about. Only a field for refs can name its target: a prompt that looks like one is private. */
function subjectOf(shape: z.ZodRawShape, input: Readonly<Record<string, unknown>>): Subject {
  const textIn = (field: string): string | null => {
    const value = input[field];
    return typeof value === 'string' ? value : null;
  };
  const targets = Object.keys(shape).filter((field) => kindsNamedBy(shape[field]).length > 0);
  return {
    name: textIn('name'),
    target: targets.map(textIn).find((text) => text !== null) ?? null,
  };
}

function openCall<I extends z.ZodObject, O extends z.ZodObject, D>(
  spec: ToolSpec<I, O, D>,
  input: z.infer<I>,
): Omit<OpenCall, 'subject'> {
  const less = { input, plan: null, reconcile: null, metered: null, combine: null };
  if (spec.effect === 'read') {
    const { run } = spec;
    return {
      ...less,
      run: async (ctx) => {
        const extras: Extra[] = [];
        const done = await run(input, ctx, (extra) => extras.push(extra));
        return { done, extras };
      },
    };
  }
  if (spec.effect === 'use') {
    const { plan, run, metered } = spec;
    return {
      ...less,
      plan: async (ctx) => completePlan(spec.name, ctx.now().toISOString(), await plan(input, ctx)),
      run: (ctx, planned) => run(input, ctx, planned),
      metered: (ctx) => metered(input, ctx),
    };
  }
  if (spec.plan === 'unconfirmed') {
    const { reconcile, run } = spec;
    return {
      ...less,
      run: (ctx) => run(input, ctx),
      reconcile: reconcile === undefined ? null : (ctx) => reconcile(input, ctx),
    };
  }
  const { plan, run, reconcile, combine } = spec;
  return {
    ...less,
    plan: async (ctx, agreed) =>
      completePlan(spec.name, ctx.now().toISOString(), await plan(input, ctx, agreed)),
    run: (ctx, planned) => run(input, ctx, planned as Planned<D>),
    reconcile: (ctx, planned, isAccepted) => reconcile(input, ctx, planned as Planned<D>, isAccepted),
    combine: combine === undefined ? null : (planned, ends) => combine(input, planned as Planned<D>, ends),
  };
}
