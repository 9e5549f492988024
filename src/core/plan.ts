import * as z from 'zod';
import { type CloudId, cloudIdSchema } from './model.ts';
import type { Alternative } from './offer.ts';
import { usd } from './text.ts';

/** Who bills a metered call, for which model, and what it costs at most, USD; null = unknown. */
export interface Metered {
  cloud: CloudId;
  /** Its full name if the cloud has listed it, else the name as given. */
  model: string;
  usd: number | null;
}

/** The cost of an action, as far as it is known before. USD; null = unknown. */
const costSchema = z.object({
  usd_per_hour: z.number().nullable(),
  usd_upfront: z.number().nullable(),
  usd_upfront_max: z.number().nullable(),
  basis: z.string(),
  quoted_at: z.string(),
});
export type Cost = z.infer<typeof costSchema>;

/** The plan that a person is shown before an action that spends, interrupts or destroys. Public contract. */
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

/** The first lines of a plan, at most 80 columns each, because some clients show only three lines. */
export const headSchema = z.object({
  /** The action, without name and price: `Rent 1 x RTX 4090`, `Delete Volt pod`. */
  what: z.string(),
  /** The name of the thing; null if it has none. */
  name: z.string().nullable(),
  /** Until when an hourly price is paid, after "until": `you stop or delete it`; null if none is. */
  until: z.string().nullable(),
  /** The worst consequence, one sentence of at most 80 columns. */
  worst: z.string(),
});
export type Head = z.infer<typeof headSchema>;

/** The head of a plan that was kept without one. */
export const headOf = ({ summary, effects, consequences }: Plan): Head => ({
  what: summary.replace(/[.\s]+$/, ''),
  name: null,
  until: null,
  worst: consequences[0] ?? effects[0] ?? 'No consequence is known.',
});

/** Facts that are compared when a plan is read again just before executing (state, name, refund, …). */
export const factsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** The cost and the pods that an action adds to the fleet. USD; null = the price is unknown. */
export const addedSchema = z.object({
  usd_per_hour: z.number().nullable(),
  usd_upfront: z.number().nullable(),
  pods: z.number(),
});
type Added = z.infer<typeof addedSchema>;

/** The same for an action that rents nothing. */
const addsNothing: Added = { usd_per_hour: 0, usd_upfront: 0, pods: 0 };

/** A plan with what the gate needs to judge it, to carry it out, and to find its result after a lost reply. */
export interface Planned<D = unknown> {
  plan: Plan;
  head: Head;
  /** The cloud that gets the write; null for an action on several. */
  cloud: CloudId | null;
  /** Refs that were listed before the write, so that a new one is recognised; empty if the write makes nothing. */
  before: readonly string[];
  facts: z.infer<typeof factsSchema>;
  adds: Added;
  /** Limits that the caller set for this call, USD. */
  callerLimits: { usd_per_hour?: number | undefined; usd_upfront?: number | undefined };
  /** Machines that can be rented instead, as read with the plan, for the error if it is refused; null if no machine is rented. */
  instead: readonly Alternative[] | null;
  /** Hours that the upfront debit pays for, if it pays for hours. */
  hours: number | null;
  /** The action ends the billing of `plan.ref`: its reservation is released. */
  ends_billing: boolean;
  /** The plan for each thing of an action on several: it is sent, recorded and reported by itself. */
  parts: readonly Planned[];
  /** For the tool's own `run` and `reconcile`; never shown. */
  data: D;
}

/**
 * The result of a tool's `plan`; `completePlan` fills in the rest. Left out: no cost and nothing added to the fleet, no
 * caller's limits, no facts, nothing made.
 */
export interface PlanDraft<D> extends Partial<Omit<Planned<D>, 'plan' | 'head' | 'cloud' | 'data'>> {
  plan: Omit<Plan, 'action' | 'cost'> & { cost?: Cost };
  head: Head;
  cloud: CloudId | null;
  data: D;
}

/** The whole plan of `action`, drawn up at `quotedAt` (ISO time). */
export function completePlan<D>(action: string, quotedAt: string, draft: PlanDraft<D>): Planned<D> {
  const { plan, head, cloud, before = [], facts = {}, adds = addsNothing, callerLimits = {}, data } = draft;
  return {
    plan: { action, ...plan, cost: plan.cost ?? noCost(quotedAt) },
    head,
    cloud,
    before,
    facts,
    adds,
    callerLimits,
    instead: draft.instead ?? null,
    hours: draft.hours ?? null,
    ends_billing: draft.ends_billing ?? false,
    parts: draft.parts ?? [],
    data,
  };
}

const dataOfVersion1 = z.looseObject({
  cloud: cloudIdSchema.optional(),
  before: z.array(z.string()).optional(),
});

/** A plan as it comes back from a file. The first version of the state directory holds cloud and before-list in `data`. */
export const storedPlanSchema = z
  .object({
    plan: planSchema,
    cloud: cloudIdSchema.nullish(),
    before: z.array(z.string()).optional(),
    facts: factsSchema.default({}),
    adds: addedSchema.default(addsNothing),
    data: z.unknown(),
  })
  .transform(({ plan, cloud, before, facts, adds, data }): Planned => {
    const old = dataOfVersion1.safeParse(data).data;
    const draft = { plan, head: headOf(plan), cloud: cloud ?? old?.cloud ?? null, facts, adds, data };
    return {
      ...completePlan(plan.action, plan.cost.quoted_at, draft),
      before: before ?? old?.before ?? [],
    };
  });

/** The effect of every stop and reboot of a pod. */
export const PROCESSES_END = 'Running processes end; what is only in memory is lost.';

/** The basis of an action that costs nothing. */
export const NO_PRICE = 'no price of its own';

/** The cost of an action that costs nothing by itself. */
export const noCost = (quotedAt: string, basis = NO_PRICE): Cost => ({
  usd_per_hour: 0,
  usd_upfront: 0,
  usd_upfront_max: 0,
  basis,
  quoted_at: quotedAt,
});

/** An ISO time without its seconds. */
const toMinute = (iso: string): string => iso.replace(/:\d\d(?:\.\d+)?Z$/, 'Z');

function costLine(cost: Cost): string | null {
  const parts: string[] = [];
  if (cost.usd_per_hour === null || cost.usd_per_hour > 0)
    parts.push(cost.usd_per_hour === null ? 'price unknown' : `$${usd(cost.usd_per_hour)}/h`);
  const { usd_upfront: min, usd_upfront_max: max } = cost;
  if (max === null || max > 0) {
    if (max === null) parts.push('price unknown');
    else parts.push(min === max ? `$${usd(max)} now` : `$${usd(min)} to $${usd(max)} now`);
  }
  const basis = cost.basis.replace(/\.$/, '');
  if (parts.length > 0) return `Cost: ${parts.join(', ')} (${basis}; as of ${toMinute(cost.quoted_at)}).`;
  return cost.basis === NO_PRICE ? null : `Cost: ${basis} (as of ${toMinute(cost.quoted_at)}).`;
}

/** The plan as lines for a person: what, its ref, which effects, what it costs, what follows. */
export function planLines(plan: Plan): string[] {
  const cost = costLine(plan.cost);
  return [
    plan.summary,
    ...(plan.ref === null ? [] : [`Ref: ${plan.ref}`]),
    ...plan.effects.map((effect) => `- ${effect}`),
    ...(cost === null ? [] : [cost]),
    ...plan.consequences.map((consequence) => `! ${consequence}`),
  ];
}

/** The end of a pod's agreed life: this server created the pod and may have to stop it. */
export interface Lease {
  ref: string;
  name: string;
  /** ISO time at which the pod's agreed life is over. */
  ends_at: string;
  /** Longest time from now, milliseconds, even if the wall clock jumps; left out = until `ends_at`. */
  for_ms?: number | undefined;
  /** `reminder`: the pod may be another's, so its end is only reported. Default `stop`. */
  kind?: 'stop' | 'reminder' | undefined;
}

/** The leases of one account. */
export interface Leases {
  /** What every lease that is added here is; left out = what it says itself. */
  kind?: 'reminder';
  add(lease: Lease): Promise<void>;
  all(): Promise<Lease[]>;
  /** The pod has no lease any more. */
  lift(ref: string): Promise<void>;
}
