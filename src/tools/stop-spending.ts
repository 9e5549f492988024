import * as z from 'zod';
import type { ToolContext } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { expensiveFirst } from '../core/offer.ts';
import type { PartEnd } from '../core/outcome.ts';
import { completePlan, type PlanDraft, type Planned } from '../core/plan.ts';
import { kindOf } from '../core/ref.ts';
import { counted } from '../core/text.ts';
import { DONE, dryRunField, gatedOutput, head, refField, sentences } from './fields.ts';
import { cancelJob, cancelPlan } from './jobs.ts';
import { deletePlan, deletePod, stopPlan, stopPod } from './pods/acts.ts';
import {
  consequencesOf,
  factOf,
  type How,
  hasJobsToolset,
  idleNow,
  JOBS_OFF,
  type Left,
  leftAlone,
  leftSchema,
  readAgreed,
  readAll,
  readThings,
  sumsOf,
  type Thing,
  tableOf,
  type Unread,
  worstOf,
} from './stop-spending-things.ts';
import { defineTool, type OpenCall } from './tool.ts';

/** Max. things in one plan: a person must be able to read it. */
const MAX_ACTS = 50;

const input = z.strictObject({
  refs: z.array(refField('pod', 'job')).max(MAX_ACTS).optional().describe('pod and job refs'),
  all: z.boolean().optional().describe('instead of refs'),
  how: z.enum(['stop', 'delete']),
  dry_run: dryRunField,
});
type Input = z.infer<typeof input>;

const endSchema = z.object({
  ref: z.string(),
  action: z.string(),
  outcome: z.enum(['done', 'found', 'failed', 'unknown', 'nothing_to_do']),
  message: z.string(),
});
type End = z.infer<typeof endSchema>;

const output = gatedOutput({ things: z.array(endSchema).optional() });

/** For `combine`: the things that are left as they are, and those of the agreed list that could not be read. */
interface Data {
  idle: Left[];
  unread: Unread[];
}

/** Both or neither of refs and all. @throws GpuError `invalid_input` */
function checkChoice({ refs, all }: Input): void {
  if ((refs !== undefined && refs.length > 0) !== (all === true)) return;
  throw new GpuError('invalid_input', 'refs, all: exactly one is needed.', {
    hint: 'Pass refs of pods and jobs (list_pods, list_jobs), or all=true for everything that is live.',
  });
}

/** The tool that acts on one thing, opened for it. */
function openFor({ plan: { action, ref } }: Planned): OpenCall {
  if (action === 'cancel_job') return cancelJob.open({ job: ref });
  return (action === 'stop_pod' ? stopPod : deletePod).open({ pod: ref });
}

/** The whole plan for one thing, as its own tool would make it. */
function partOf(thing: Thing, how: How, at: string): Planned {
  if (thing.kind === 'job') return completePlan('cancel_job', at, cancelPlan(thing.at, thing.job));
  const target = { at: thing.at, id: thing.pod.id, pod: thing.pod };
  return how === 'stop'
    ? completePlan('stop_pod', at, stopPlan(target))
    : completePlan('delete_pod', at, deletePlan(target));
}

/** The things to end, most expensive first, and those that are left as they are. @throws GpuError `wrong_state` if none is to end */
async function chooseThings(given: Input, ctx: ToolContext): Promise<{ acts: Thing[]; idle: Left[] }> {
  const things = given.all === true ? await readAll(ctx) : await readThings(ctx, given.refs ?? []);
  const ready = things
    .filter((thing) => idleNow(thing, given.how) === null)
    .sort(expensiveFirst((thing) => (thing.kind === 'job' ? -1 : thing.rate.usd_per_hour_max)));
  const idle = things.flatMap((thing) => idleNow(thing, given.how) ?? []);
  const rest = ready
    .slice(MAX_ACTS)
    .map(({ ref }) => ({ ref, why: `not in this plan, which has ${MAX_ACTS}: call again`, costs: true }));
  if (ready.length > 0) return { acts: ready.slice(0, MAX_ACTS), idle: [...idle, ...rest] };
  throw new GpuError(
    'wrong_state',
    `There is nothing to ${given.how}.${idle.length === 0 ? '' : ` ${leftAlone(idle)}`}`,
    { hint: 'See get_spend for what is being spent.' },
  );
}

/** The fact with the things that the first plan left as they are, as JSON; every other fact is named by a ref to end. */
const LEFT = 'left';
const agreedRefs = (facts: Planned['facts']): string[] => Object.keys(facts).filter((key) => key !== LEFT);
const leftIn = ({ [LEFT]: left }: Planned['facts']): Left[] =>
  typeof left === 'string' ? z.array(leftSchema).parse(JSON.parse(left)) : [];

function planOf(
  given: Input,
  ctx: ToolContext,
  acts: Thing[],
  { idle, unread }: Data,
  agreed: Planned['facts'],
): PlanDraft<Data> {
  const at = ctx.now().toISOString();
  const left = [...idle, ...unread.map(({ ref, error }) => ({ ref, why: whyOf(error), costs: true }))];
  const refs = agreedRefs(agreed);
  const count = refs.length;
  const jobs = refs.filter((ref) => kindOf(ref) === 'job').length;
  const what = [
    ...(count > jobs ? [`${given.how} ${counted(count - jobs, 'pod')}`] : []),
    ...(jobs > 0 ? [`cancel ${counted(jobs, 'job')}`] : []),
  ];
  const whole = what.join(' and ');
  const sums = sumsOf(acts, given.how);
  const headline = `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${sums === '' ? '' : `: ${sums}`}`;
  return {
    plan: {
      ref: null,
      summary: `Stop spending: ${whole}.`,
      effects: tableOf(acts, given.how),
      consequences: [
        ...consequencesOf(acts, given.how),
        ...(given.all !== true || hasJobsToolset(ctx) ? [] : [`Jobs are left as they are: ${JOBS_OFF}.`]),
        ...(left.length === 0 ? [] : [leftAlone(left)]),
      ],
      challenge: `${given.how} ${count}`,
    },
    head: head(headline, null, worstOf(acts, given.how)),
    cloud: null,
    facts: agreed,
    parts: acts.map((thing) => partOf(thing, given.how, at)),
    data: { idle, unread },
  };
}

/** The part of each single tool's result that is used. */
const partSchema = z.object({ status: z.literal(DONE), message: z.string() });

/** An error in one line. */
const whyOf = ({ code, message }: GpuError): string => `${code}: ${message}`;

function endOf(end: PartEnd): End {
  const { action, ref } = end.planned.plan;
  const known = { ref: ref ?? '', action };
  if ('output' in end) {
    const { message } = partSchema.parse(end.output);
    return { ...known, outcome: end.reconciled ? 'found' : 'done', message };
  }
  return {
    ...known,
    outcome: end.error.code === 'outcome_unknown' ? 'unknown' : 'failed',
    message: whyOf(end.error),
  };
}

const unreadEnd = ({ ref, error }: Unread, how: How): End => ({
  ref,
  action: kindOf(ref) === 'job' ? 'cancel_job' : `${how}_pod`,
  outcome: 'failed',
  message: `It could not be read, so nothing was sent and it may go on costing. ${whyOf(error)}`,
});

/** The combined result. @throws GpuError if no action took effect although some was due */
function combineEnds(how: How, { idle, unread }: Data, ends: readonly PartEnd[]): z.input<typeof output> {
  const due = [...ends.map(endOf), ...unread.map((one) => unreadEnd(one, how))];
  const things = [
    ...due,
    ...idle.map(({ ref, why }): End => ({ ref, action: 'none', outcome: 'nothing_to_do', message: why })),
  ];
  const of = (...outcomes: End['outcome'][]) => due.filter(({ outcome }) => outcomes.includes(outcome));
  const [done, unknown, failed] = [of('done', 'found'), of('unknown'), of('failed')];
  const costly = idle.filter(({ costs }) => costs);
  const sums = sentences(
    due.length === 0
      ? `Nothing was sent for ${counted(idle.length, 'thing')}; each has its reason.`
      : `${done.length} of ${counted(due.length, 'thing')} ended.`,
    unknown.length === 0
      ? null
      : `${counted(unknown.length, 'outcome')} not known: check before you try again.`,
    failed.length === 0 ? null : `${counted(failed.length, 'attempt')} failed.`,
    costly.length === 0
      ? null
      : `Not ended, may cost money: ${costly.map(({ ref, why }) => `${ref} (${why})`).join('; ')}.`,
  );
  if (done.length === 0 && due.length > 0) throw failureOf([...ends, ...unread], due, sums);
  return {
    status: DONE,
    message: sums,
    things,
    next:
      failed.length === 0
        ? 'Check get_spend for what still costs money.'
        : 'Check get_spend for what still costs money, and call stop_spending again for what failed: it needs a new plan.',
  };
}

function failureOf(ends: readonly (PartEnd | Unread)[], due: readonly End[], sums: string): GpuError {
  const errors = ends.flatMap((end) => ('error' in end ? [end.error] : []));
  const worst = errors.find(({ code }) => code === 'outcome_unknown') ?? errors[0];
  const lines = due.map(({ ref, message }) => `${ref}: ${message}`).join(' ');
  const isAllUnread = ends.every((end) => !('planned' in end));
  const next = 'Check get_spend, and tell the user; to try again, ask for a new plan.';
  return new GpuError(worst?.code ?? 'upstream_error', `${sums} ${lines}`, {
    hint: (isAllUnread ? null : worst?.hint) ?? next,
    candidates: errors.flatMap(({ candidates }) => candidates ?? []),
    ...(worst?.cause !== undefined && { cause: worst.cause }),
  });
}

/** Ends several costs at once: stops or deletes pods, cancels jobs. */
export const stopSpending = defineTool({
  name: 'stop_spending',
  title: 'Stop paying',
  description:
    'Stop or delete several pods and cancel several jobs at once: one plan, which a person must confirm ("stop 3").[nebula: Nebula pods cost until deleted.]',
  toolset: 'pods',
  effect: 'destroy',
  changes_list: true,
  input,
  output,
  async plan(given, ctx, agreed): Promise<PlanDraft<Data>> {
    checkChoice(given);
    if (agreed === null) {
      const { acts, idle } = await chooseThings(given, ctx);
      const facts = {
        ...Object.fromEntries(acts.map((thing) => [thing.ref, factOf(thing)])),
        ...(idle.length > 0 && { [LEFT]: JSON.stringify(idle) }),
      };
      return planOf(given, ctx, acts, { idle, unread: [] }, facts);
    }
    // Exactly the agreed things are ended: none that appeared later, and none twice.
    const { things, gone, unread } = await readAgreed(ctx, agreedRefs(agreed));
    const acts = things.filter((thing) => idleNow(thing, given.how) === null);
    const ended = things.flatMap((thing) => idleNow(thing, given.how) ?? []);
    const facts = { ...agreed, ...Object.fromEntries(acts.map((thing) => [thing.ref, factOf(thing)])) };
    return planOf(given, ctx, acts, { idle: [...leftIn(agreed), ...ended, ...gone], unread }, facts);
  },
  async run(_given, ctx, part) {
    const written = await openFor(part).run(ctx, part);
    return 'done' in written ? { done: partSchema.parse(written.done) } : written;
  },
  async reconcile(_given, ctx, part, isAccepted) {
    const seen = await openFor(part).reconcile?.(ctx, part, isAccepted);
    if (seen === undefined) return { notFound: 'It cannot be checked.' };
    return 'found' in seen ? { ...seen, found: partSchema.parse(seen.found) } : seen;
  },
  combine: (given, { data }, ends) => combineEnds(given.how, data, ends),
  text: ({ message, things = [], next }) =>
    [
      message,
      ...things.map((end) => `${end.ref}: ${end.outcome.replaceAll('_', ' ')}. ${end.message}`),
      ...(next === undefined ? [] : [next]),
    ].join('\n'),
});
