import type { Cloud, Clouds } from '../../src/core/cloud.ts';
import type { ToolContext } from '../../src/core/context.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { Outcome, Written } from '../../src/core/outcome.ts';
import type { Planned } from '../../src/core/plan.ts';
import { TOOLSETS } from '../../src/core/policy.ts';
import type { CloudId } from '../../src/core/ref.ts';
import { type SpendEntry, spentRowOf } from '../../src/core/spend.ts';
import { readFleet } from '../../src/live/fleet.ts';
import type { Tool } from '../../src/tools/tool.ts';

const absent = (): never => {
  throw new Error('this fake cloud has no machines and no pods');
};

/** A cloud of which only the given groups exist. */
export const fakeCloud = (id: CloudId, groups: Partial<Cloud>): Cloud => ({
  id,
  title: id === 'volt' ? 'Volt' : 'Nebula',
  budget: () => null,
  machines: { list: async () => absent() },
  pods: {
    list: absent,
    get: absent,
    rates: absent,
    prepareCreate: absent,
    create: absent,
    start: absent,
    stop: absent,
    delete: absent,
    notes: {
      start: [],
      stop: [],
      restart: [],
      update: {},
      delete: [],
      data: { stop: '', delete: '' },
      worst: { start: '', stop: '', restart: '', delete: '' },
      stop_ends_billing: false,
    },
    has_volumes: false,
  },
  close: async () => {},
  ...groups,
});

/** A context whose clock is stopped at 2026-11-22 06:00 UTC and which shows its files and progress. */
export interface FakeContext extends ToolContext {
  written: Map<string, string | Uint8Array>;
  progressed: string[];
  hidden: string[];
  /** What was added to the book. */
  booked: SpendEntry[];
  clock: { ms: number };
}

export function fakeContext(clouds: Cloud[], changes: Partial<ToolContext> = {}): FakeContext {
  const written = new Map<string, string | Uint8Array>();
  const progressed: string[] = [];
  const hidden: string[] = [];
  const booked: SpendEntry[] = [];
  const { signal } = new AbortController();
  const all: Clouds = {
    ids: clouds.map((cloud) => cloud.id),
    knows: () => true,
    get: (id) => {
      const found = clouds.find((cloud) => cloud.id === id);
      if (found === undefined) throw new GpuError('not_configured', `${id} has no key.`);
      return found;
    },
    all: () => clouds,
  };
  const clock = { ms: Date.parse('2026-11-22T06:00:00Z') };
  return {
    clouds: all,
    results: 'both',
    toolsets: new Set(TOOLSETS),
    io: { signal },
    now: () => new Date(clock.ms),
    monotonic: () => clock.ms,
    progress: (_done, _total, message) => progressed.push(message),
    spending: {
      caps: { max_usd_per_hour: 25, max_job_usd: 100, max_pods: 20 },
      book: {
        add: async (entry) => void booked.push(entry),
        rows: async () => booked.map((entry) => spentRowOf('2026-11-22', entry)),
      },
      leases: { add: async () => {}, all: async () => [], lift: async () => {} },
      default_lifetime_hours: null,
      fleet: () => readFleet(all, { signal }),
      report: absent,
      markNoticesShown: async () => {},
      noticeCharacters: async () => 0,
    },
    files: {
      allowsSecrets: true,
      reserve: async (name) => {
        written.set(name, '');
        return {
          path: `/state dir/${name}`,
          fill: async (content) => void written.set(name, content),
          drop: async () => void written.delete(name),
        };
      },
      write: absent,
      keep: absent,
      removeOld: absent,
    },
    live: { watch: absent, after: absent },
    savePaid: async (name, _type, content) => {
      written.set(name, content);
      return `/state dir/${name}`;
    },
    saveDocument: async (name, _type, content) => {
      written.set(name, content);
      return `/state dir/${name}`;
    },
    webhooks: new Map(),
    secret: () => undefined,
    hide: (secret) => void hidden.push(secret),
    hidden,
    written,
    progressed,
    clock,
    booked,
    ...changes,
  };
}

/** The output and text of a call that must succeed, parsed with the tool's own output schema. */
export interface Ran {
  output: Record<string, unknown>;
  text: string;
  extras: unknown[];
}

function ran(tool: Tool, input: unknown, written: Written<unknown>): Ran {
  if (!('done' in written)) throw new Error('the reply named no result');
  const output = tool.output.parse(written.done);
  return { output, text: tool.text(output, input), extras: written.extras ?? [] };
}

/** Parses, plans if the tool plans, and runs, as the pipeline does after consent. */
export async function call(tool: Tool, args: unknown, ctx: ToolContext): Promise<Ran> {
  const open = tool.open(args);
  open.metered?.(ctx);
  const planned = open.plan === null ? null : await open.plan(ctx, null);
  return ran(tool, open.input, await open.run(ctx, planned));
}

/** The plan of a gated tool. */
export async function planOf(tool: Tool, args: unknown, ctx: ToolContext): Promise<Planned> {
  const { plan } = tool.open(args);
  if (plan === null) throw new Error('the tool has no plan');
  return plan(ctx, null);
}

/** The outcome of one reading after `lose` happened between plan and reading. A found output must fit the schema. */
export async function reconcileAfter(
  tool: Tool,
  args: unknown,
  ctx: ToolContext,
  lose: () => void,
  isAccepted = false,
): Promise<Outcome<Ran['output']>> {
  const open = tool.open(args);
  const planned = open.plan === null ? null : await open.plan(ctx, null);
  lose();
  if (open.reconcile === null) throw new Error('the tool does not reconcile');
  const found = await open.reconcile(ctx, planned, isAccepted);
  return 'found' in found ? { found: tool.output.parse(found.found) } : found;
}

/** The error of a call that must fail. */
export async function failureOf(work: Promise<unknown>): Promise<GpuError> {
  const error = await work.then(
    () => new Error('the call did not fail'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof GpuError)) throw error;
  return error;
}

/** Everything of an error that a caller sees. */
export const seen = (error: GpuError): string =>
  JSON.stringify([error.code, error.message, error.hint, error.candidates, error.plan]);
