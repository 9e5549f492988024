import * as z from 'zod';
import type { Cloud, InferenceOps } from '../../core/cloud.ts';
import type { ToolContext } from '../../core/context.ts';
import { asGpuError, GpuError } from '../../core/errors.ts';
import { type Extra, mayHaveRun } from '../../core/outcome.ts';
import type { Metered, PlanDraft } from '../../core/plan.ts';
import { clean, quote } from '../../core/text.ts';
import { textField } from '../fields.ts';
import { type Common, defineTool, type Tool } from '../tool.ts';
import { inferenceOf, MODELS_HINT, modelNamed, modelsNamed, nameOfModel } from './models.ts';

/** The name of a model as list_models shows it. */
export const modelField = textField(200);

/** A tool that uses a hosted model once, billed by the call. Its input holds `model`. */
interface UseSpec<I extends z.ZodObject, O extends z.ZodObject, R>
  extends Omit<Common<I, O>, 'toolset' | 'needs'> {
  /** The use in a few words, before the model's name. */
  what: string;
  /** Rules across fields. @throws GpuError `invalid_input` */
  check?: (given: z.infer<I>) => void;
  /** Sends the call, with the model's name as the cloud takes it. */
  use: (inference: InferenceOps, given: z.infer<I>, model: string, ctx: ToolContext) => Promise<R>;
  /** What is booked of the result, after the model's name. */
  detail: (result: R) => string;
  /** The output; what was paid for is kept first. */
  made: (ctx: ToolContext, result: R, model: string) => Promise<{ done: z.input<O>; extras: Extra[] }>;
}

const withModel = z.object({ model: z.string() });

/** Turns the declaration of a use into a tool: who bills it, its plan, the one call, its booking. */
export function useTool<I extends z.ZodObject, O extends z.ZodObject, R>(spec: UseSpec<I, O, R>): Tool {
  const { what, check = () => {}, use, detail, made, ...common } = spec;
  const modelIn = (given: object): string => withModel.parse(given).model;
  return defineTool({
    ...common,
    toolset: 'inference',
    effect: 'use',
    needs: 'inference',
    metered(given, ctx) {
      check(given);
      return billedBy(ctx, modelIn(given));
    },
    plan: (given, ctx) => planUse(ctx, spec.name, what, modelIn(given)),
    async run(given, ctx, planned) {
      const { at, inference } = inferenceOf(ctx);
      const model = await nameOfModel(ctx, modelIn(given), planned);
      const call = () => use(inference, given, model, ctx);
      return made(ctx, await booked(ctx, at, `${spec.name} with ${model}`, call, detail), model);
    },
  });
}

/** Who bills a use of the model that a text names. No cloud documents what one costs, so its price is unknown. */
function billedBy(ctx: ToolContext, text: string): Metered {
  const { at, inference } = inferenceOf(ctx);
  const [known, another] = modelsNamed(inference.listed(), text);
  return { cloud: at.id, model: another === undefined ? (known?.name ?? text) : text, usd: null };
}

/** The plan of one use of a model. @throws GpuError as `modelNamed` */
async function planUse(
  ctx: ToolContext,
  tool: string,
  what: string,
  given: string,
): Promise<PlanDraft<null>> {
  const { at, inference } = inferenceOf(ctx);
  const found = modelNamed(await inference.models(ctx.io), given, at);
  const model = found.name;
  const basis =
    found.price === null
      ? `${at.title} lists no price of this model`
      : `${at.title} lists the price ${found.price} and documents no unit of it`;
  const worst = `Each call is billed, and ${at.title} does not document at which price.`;
  return {
    plan: {
      ref: null,
      summary: `${tool} with ${quote(model, 200)} on ${at.title}.`,
      effects: ['Sends what the call holds to the hosted model, once.'],
      consequences: [worst],
      challenge: 'allow 1 call',
      cost: {
        usd_per_hour: 0,
        usd_upfront: null,
        usd_upfront_max: null,
        basis,
        quoted_at: ctx.now().toISOString(),
      },
    },
    head: { what: `${what} ${clean(model.split('/').at(-1) ?? model, 60)}`, name: null, until: null, worst },
    cloud: at.id,
    facts: { model, listed_price: found.price },
    adds: { usd_per_hour: 0, usd_upfront: null, pods: 0 },
    data: null,
  };
}

/**
 * Runs one use that is billed by the call and books it; its price is unknown, because no document names the unit of model
 * prices. A call that failed after it was sent is booked as possibly charged.
 */
async function booked<T>(
  ctx: ToolContext,
  at: Cloud,
  what: string,
  use: () => Promise<T>,
  detail: (result: T) => string,
): Promise<T> {
  const book = (text: string) =>
    ctx.spending.book.add({ cloud: at.id, kind: 'metered', usd: null, what: text });
  const result = await use().catch(async (error: unknown) => {
    const { code, message, cloud } = asGpuError(error);
    if (mayHaveRun(code)) await book(`${what}: ended with ${code}, may have been charged`);
    if (code !== 'not_found') throw error;
    throw new GpuError(code, `model: ${message}`, {
      hint: MODELS_HINT,
      ...(cloud !== null && { cloud }),
      cause: error,
    });
  });
  await book(`${what}${detail(result)}`);
  return result;
}
