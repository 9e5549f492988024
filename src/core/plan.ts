import * as z from 'zod';

/** What an action costs, as far as it can be known before it is done. USD; null = unknown. */
export const costSchema = z.object({
  usd_per_hour: z.number().nullable(),
  usd_upfront: z.number().nullable(),
  usd_upfront_max: z.number().nullable(),
  basis: z.string(),
  quoted_at: z.string(),
});
export type Cost = z.infer<typeof costSchema>;

/** What a person is shown before an action that spends, interrupts or destroys. Public contract. */
export const planSchema = z.object({
  action: z.string(),
  ref: z.string().nullable(),
  summary: z.string(),
  effects: z.array(z.string()),
  cost: costSchema,
  consequences: z.array(z.string()),
  challenge: z.string(),
});
export type Plan = z.infer<typeof planSchema>;

/**
 * A plan with what the gate needs to judge it. `facts` are compared when the plan is read again just before
 * executing (state, name, refund, …); `adds` is what the action adds to the fleet, null where the price is
 * unknown; `most` are the caller's own limits; `data` is handed to `run` and never shown.
 */
export interface Planned<D = unknown> {
  plan: Plan;
  facts: Record<string, string | number | boolean | null>;
  adds: { usd_per_hour: number | null; usd_upfront: number | null; pods: number };
  most: { usd_per_hour?: number | undefined; usd_upfront?: number | undefined };
  /** The action ends the billing of `plan.ref`, so nothing need be reserved for it any more. */
  ends_billing?: boolean | undefined;
  data: D;
}

/** The basis where nothing at all is to be said about money. */
export const NO_PRICE = 'This action has no price of its own.';

/** The cost of an action that costs nothing by itself. */
export const noCost = (quotedAt: string, basis = NO_PRICE): Cost => ({
  usd_per_hour: 0,
  usd_upfront: 0,
  usd_upfront_max: 0,
  basis,
  quoted_at: quotedAt,
});

/** What an action that rents nothing adds to the fleet. */
export const addsNothing = { usd_per_hour: 0, usd_upfront: 0, pods: 0 } as const;
