import * as z from 'zod';
import { cloudIdSchema } from '../core/model.ts';
import { momentSchema } from '../core/moment.ts';
import { extraSchema } from '../core/outcome.ts';
import { addedSchema, factsSchema, headSchema, planSchema } from '../core/plan.ts';
import { GRANTORS } from '../core/policy.ts';
import { parseRef } from '../core/ref.ts';
import type { RecordKind } from './collection.ts';

/** Who consented: a person; a token; the user's reply, as the agent reported it; an allowance; the earlier consent of a lease or of an interrupted order; nobody. */
const ANSWERS = ['person', 'token', 'reported', 'allowance', 'lease', 'earlier', 'none'] as const;

/** One gated call in the audit log. No secrets, no input values but the target. */
export const auditLineSchema = z.object({
  at: z.string(),
  session: z.string(),
  tool: z.string(),
  /** The thing that the call was about; for an order, the thing that it made. */
  ref: z.string().nullable(),
  summary: z.string(),
  usd_per_hour: z.number().nullable(),
  usd_upfront: z.number().nullable(),
  answer: z.enum(ANSWERS),
  outcome: z.string(),
  /** The simulator answered. */
  sandbox: z.literal(true).optional(),
  /** The order that the line closes. A line is written once for each order. */
  order: z.string().optional(),
});
export type AuditLine = z.infer<typeof auditLineSchema>;

/** A plan as it is stored with its order, for reconciliation after a crash. `data` belongs to the tool. */
const keptPlanSchema = z.object({
  plan: planSchema,
  cloud: cloudIdSchema.nullable(),
  before: z.array(z.string()),
  facts: factsSchema,
  adds: addedSchema,
  data: z.unknown(),
});
export type KeptPlan = z.infer<typeof keptPlanSchema>;

/**
 * A gated write with its reservation. `open`: a live process is sending it. `unresolved`: it was sent, its outcome is
 * unknown, and it is being reconciled. `closed`: it is kept as a reservation and as proof of what it made.
 */
export const orderSchema = z.object({
  id: z.string(),
  /** ISO time before sending. */
  at: z.string(),
  made: momentSchema,
  tool: z.string(),
  cloud: cloudIdSchema.nullable(),
  /** The fingerprint of the cloud key that paid; null = the key that its folder is named after. */
  key: z.string().nullable().default(null),
  principal: z.string(),
  /** The name of the new thing. At most one order of the same tool, name, cloud and account is `open`. */
  name: z.string().nullable(),
  /** The existing thing that is acted on. */
  target: z.string().nullable(),
  /** The key of the ticket that consented to it. */
  ticket: z.string().nullable(),
  input: z.record(z.string(), z.unknown()),
  planned: keptPlanSchema,
  /** What it adds to the fleet before a list shows it: USD an hour, pods. */
  adds: z.object({ usd_per_hour: z.number(), pods: z.number() }),
  state: z.enum(['open', 'unresolved', 'closed']),
  /** When it was closed or became unresolved. */
  settled: momentSchema.nullable(),
  outcome: z.string().nullable(),
  /** Whether the write took effect. */
  took_effect: z.boolean(),
  /** The thing that it made or acted on. */
  ref: z.string().nullable(),
  /** The thing whose billing it ended: earlier reservations for it no longer count. */
  ended: z.string().nullable(),
  /** The audit line, while it is not known to be in the audit log. */
  line: auditLineSchema.nullable(),
});
export type Order = z.infer<typeof orderSchema>;

/** A pod that this server has to stop, or to remind of. */
const leaseSchema = z.object({
  ref: z.string(),
  name: z.string(),
  /** ISO time at which the pod's agreed life is over. */
  ends_at: z.iso.datetime({ offset: true }),
  /** `reminder`: the pod may be another's, so it is never stopped. */
  kind: z.enum(['stop', 'reminder']).default('stop'),
  /** When it was recorded; null = only the wall clock is known. */
  made: momentSchema.nullable().default(null),
  /** Max time that it lasts from then, milliseconds; left out = until `ends_at`. */
  for_ms: z.number().optional(),
  /** See the key of an order. */
  key: z.string().nullable().default(null),
  tries: z.number().int().min(0).default(0),
  /** The pause before the next attempt. */
  pause: z.object({ since: momentSchema, ms: z.number() }).nullable().default(null),
});
export type StoredLease = z.infer<typeof leaseSchema>;

/** What a person agreed to; the plan that is read before the write is compared with it. Prices in USD, null = unknown. */
const agreedSchema = z.object({
  plan: planSchema,
  head: headSchema.optional(),
  facts: factsSchema,
  usd_per_hour: z.number().nullable(),
  usd_upfront: z.number().nullable(),
  /** The action on each thing, if the plan is about several. */
  parts: z
    .array(
      z.object({ action: z.string(), ref: z.string().nullable(), name: z.string().nullable().optional() }),
    )
    .default([]),
});
export type Agreed = z.infer<typeof agreedSchema>;

/** The outcome of a ticket, without secrets. `sent`: whether a write may have reached the cloud. */
const ticketOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('done'),
    output: z.unknown(),
    ref: z.string().nullable(),
    extras: z.array(extraSchema),
    reconciled: z.boolean(),
  }),
  z.object({
    kind: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    hint: z.string().nullable(),
    candidates: z.array(z.string()),
    sent: z.boolean(),
  }),
]);
export type TicketOutcome = z.infer<typeof ticketOutcomeSchema>;

/** A question that waits for its answer, and later its outcome. `key` is the digest of its token. */
export const ticketSchema = z.object({
  key: z.string(),
  made: momentSchema,
  /** The only way in which it can be answered. */
  way: z.enum(['form', 'agent']),
  tool: z.string(),
  /** HMAC of tool and canonical input, keyed with the token. */
  call: z.string(),
  principal: z.string(),
  session: z.string().nullable(),
  agreed: agreedSchema,
  /** How often a wrong text was typed. */
  mistyped: z.number().int(),
  state: z.enum(['live', 'taken', 'spent']),
  /** When its question was last asked again; null = never. */
  asked: momentSchema.nullable().default(null),
  /** When it was taken or spent. */
  settled: momentSchema.nullable(),
  /** ISO time of the outcome. */
  done_at: z.string().nullable(),
  order: z.string().nullable(),
  outcome: ticketOutcomeSchema.nullable(),
});
export type Ticket = z.infer<typeof ticketSchema>;

/** Metered calls that one consent allows. `usd` and `calls` are what is left. */
const allowanceSchema = z.object({
  key: z.string(),
  /** Names the grant: what a call gives back goes to the grant that it was drawn from. */
  grant: z.string(),
  by: z.enum(GRANTORS),
  made: momentSchema,
  for_ms: z.number(),
  usd: z.number(),
  calls: z.number().int(),
  /** When a token last granted one. */
  token_at: momentSchema.nullable(),
});
export type Allowance = z.infer<typeof allowanceSchema>;

/** The requests that all processes with one key may still send in the present window. */
const windowSchema = z.object({
  key: z.string(),
  began: momentSchema,
  used: z.number().int(),
  /** A cloud answered "too many requests": nothing is drawn until this pause is over. */
  pause: z.object({ since: momentSchema, ms: z.number() }).nullable(),
});
export type BudgetWindow = z.infer<typeof windowSchema>;

/** Something that a person should know, and the readers that it was shown to. `key`: see `noticeKey`. */
const noticeSchema = z.object({
  key: z.string(),
  /** Null = it concerns all clouds. */
  cloud: cloudIdSchema.nullable(),
  text: z.string(),
  made: momentSchema,
  readers: z.array(z.string()),
});
export type NoticeRecord = z.infer<typeof noticeSchema>;

/** The amounts of one cloud and day. */
const spentDaySchema = z.object({
  /** `<day> <cloud>` */
  key: z.string(),
  cloud: cloudIdSchema,
  began: momentSchema,
  rows: z.array(
    z.object({
      day: z.string(),
      cloud: cloudIdSchema,
      kind: z.enum(['debit', 'refund', 'metered']),
      what: z.string().nullable(),
      usd: z.number(),
      unpriced: z.number().int(),
    }),
  ),
  /** The ids of the entries that were added last. */
  ids: z.array(z.string()),
});
export type SpentDay = z.infer<typeof spentDaySchema>;

/** Something kept for a while under a key: an HTTP session, a paid result. */
const keptSchema = z.object({
  key: z.string(),
  owner: z.string(),
  used: momentSchema,
  for_ms: z.number(),
  bytes: z.number().int(),
  value: z.unknown(),
});
export type Kept = z.infer<typeof keptSchema>;

const byKey = <T extends { key: string }>(name: string, schema: z.ZodType<T>): RecordKind<T> => ({
  name,
  schema,
  keyOf: ({ key }) => key,
});

/** All kinds of records. */
export const RECORDS = {
  orders: {
    name: 'orders',
    schema: orderSchema,
    keyOf: ({ id }: Order) => id,
    cloudOf: ({ cloud }: Order) => cloud,
    unwritable: 'nothing that spends is ordered',
  },
  leases: {
    name: 'leases',
    schema: leaseSchema,
    keyOf: ({ ref }: StoredLease) => ref,
    cloudOf: ({ ref }: StoredLease) => parseRef(ref, 'pod').cloud,
  },
  notices: { ...byKey('notices', noticeSchema), cloudOf: ({ cloud }: NoticeRecord) => cloud },
  spent: { ...byKey('spent', spentDaySchema), cloudOf: ({ cloud }: SpentDay) => cloud },
  tickets: byKey('tickets', ticketSchema),
  allowances: byKey('allowances', allowanceSchema),
  budget: byKey('budget', windowSchema),
  sessions: byKey('sessions', keptSchema),
  paid: byKey('paid', keptSchema),
};
