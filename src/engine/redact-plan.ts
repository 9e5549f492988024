import { factsSchema, headSchema, type Planned, planSchema } from '../core/plan.ts';
import { redactAll } from './result.ts';
import type { Runtime } from './runtime.ts';

/**
 * The plan without secrets, so that a person sees, types and finds in the audit log the same text. Its facts are stored
 * with the ticket, so they are redacted, too.
 */
export const redactPlan = (runtime: Pick<Runtime, 'redact'>, planned: Planned): Planned => ({
  ...planned,
  plan: planSchema.parse(redactAll(planned.plan, runtime.redact)),
  head: headSchema.parse(redactAll(planned.head, runtime.redact)),
  facts: factsSchema.parse(redactAll(planned.facts, runtime.redact)),
  parts: planned.parts.map((part) => redactPlan(runtime, part)),
});
