import * as z from 'zod';
import type { Api } from './requests.ts';

/** What a fault does: `*_before` and `rate_limit`, `html`, `hang`, `failed_envelope` commit nothing; `*_after_commit` and `garbage_json` do the work and spoil the reply. */
export const FAULT_KINDS = [
  'delay',
  'drop_before',
  'drop_after_commit',
  'error_before',
  'error_after_commit',
  'rate_limit',
  'html',
  'hang',
  'failed_envelope',
  'garbage_json',
  'late_listing',
] as const;

/** One fault rule. `path` is matched below the cloud's base URL or from the server's root; `*` stands for any run of characters, slashes too. */
export const faultRuleSchema = z.strictObject({
  cloud: z.enum(['volt', 'nebula', 'inference']).optional(),
  method: z.string().min(1).optional(),
  path: z.string().min(1).optional(),
  kind: z.enum(FAULT_KINDS),
  times: z.int().min(1).optional(),
  skip: z.int().min(0).optional(),
  status: z.int().min(200).max(599).optional(),
  retry_after: z
    .string()
    .regex(/^[\t\x20-\x7e]*$/, 'must be printable ASCII')
    .optional(),
  delay_ms: z.int().min(0).max(600_000).optional(),
  seconds: z.number().min(0).optional(),
  appear_after_seconds: z.number().min(0).optional(),
});

/** The input of `faults.add`. */
export type FaultRule = z.input<typeof faultRuleSchema>;

/** An active rule, and how often it may still pass and fire. */
export interface LiveFault extends FaultRule {
  id: number;
  skip_left: number;
  times_left: number;
}

/** The effect of all matching rules on one request. */
export interface Verdict {
  delayMs: number;
  /** Sandbox seconds before a created thing is listed. */
  appearAfter: number;
  /** The first matching rule that spoils the reply. */
  fault: LiveFault | null;
}

/** The active fault rules. */
export interface Faults {
  /** Adds a rule and returns its id. Throws ZodError on an invalid rule. */
  add(rule: FaultRule): number;
  clear(): void;
  list(): readonly LiveFault[];
  /** Counts this request against every matching rule. Returns their effect. */
  judge(api: Api, method: string, path: string): Verdict;
}

const globToRegExp = (glob: string) =>
  new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*')}$`);

function matches(rule: LiveFault, api: Api, method: string, path: string): boolean {
  if (rule.cloud !== undefined && rule.cloud !== api) return false;
  if (rule.method !== undefined && rule.method.toUpperCase() !== method) return false;
  if (rule.kind === 'late_listing' && rule.method === undefined && method !== 'POST') return false;
  if (rule.path === undefined) return true;
  const pattern = globToRegExp(rule.path);
  return pattern.test(path) || pattern.test(`/${api}${path}`);
}

/** Makes an empty set of rules. */
export function createFaults(): Faults {
  let rules: LiveFault[] = [];
  let last = 0;
  return {
    add(rule) {
      const parsed = faultRuleSchema.parse(rule);
      last += 1;
      const live: LiveFault = {
        ...rule,
        id: last,
        skip_left: parsed.skip ?? 0,
        times_left: parsed.times ?? 1,
      };
      rules.push(live);
      return live.id;
    },
    clear() {
      rules = [];
    },
    list: () => rules,
    judge(api, method, path) {
      const verdict: Verdict = { delayMs: 0, appearAfter: 0, fault: null };
      for (const rule of rules.filter((candidate) => matches(candidate, api, method, path))) {
        if (rule.skip_left > 0) {
          rule.skip_left -= 1;
          continue;
        }
        const spoils = rule.kind !== 'delay' && rule.kind !== 'late_listing';
        if (spoils && verdict.fault !== null) continue;
        rule.times_left -= 1;
        verdict.delayMs += rule.delay_ms ?? 0;
        verdict.appearAfter = Math.max(verdict.appearAfter, rule.appear_after_seconds ?? 0);
        if (rule.kind === 'late_listing')
          verdict.appearAfter = Math.max(verdict.appearAfter, rule.seconds ?? 0);
        if (spoils) verdict.fault = rule;
      }
      rules = rules.filter((rule) => rule.times_left > 0);
      return verdict;
    },
  };
}
