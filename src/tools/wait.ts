import * as z from 'zod';
import type { ToolContext } from '../core/context.ts';
import { resolve } from '../core/context.ts';
import { GpuError } from '../core/errors.ts';
import { JOB_STATES, jobSchema, POD_STATES, podSchema } from '../core/model.ts';
import { refField } from './fields.ts';
import { jobText, resolveJob } from './jobs.ts';
import { podText } from './pods-read.ts';
import { defineTool } from './tool.ts';

/** Seconds between looks: short at first, then at most 5. */
const PAUSES_SECONDS = [1, 2, 3, 5] as const;

interface Seen {
  state: string;
  raw_state: string | null;
  /** Nothing will change any more by itself, so waiting longer is pointless. */
  settled: boolean;
  thing: { pod?: z.infer<typeof podSchema>; job?: z.infer<typeof jobSchema> };
}

interface Watch {
  until: string;
  look: () => Promise<Seen>;
}

function refuseUntil(allowed: readonly string[], until: string): GpuError {
  return new GpuError('invalid_input', `until: "${until}" is not a state to wait for here.`, {
    hint: `Use one of: ${allowed.join(', ')}.`,
  });
}

function watchPod(ctx: ToolContext, ref: string, until = 'running'): Watch {
  const { at, id } = resolve(ctx, ref, 'pod', 'ref');
  const states: readonly string[] = POD_STATES;
  if (!states.includes(until) || until === 'unknown') throw refuseUntil(POD_STATES, until);
  return {
    until,
    look: async () => {
      const pod = await at.pods
        .get({ ...ctx.io, fresh: true, purpose: 'poll' }, id)
        .catch((error: unknown) => {
          if (until === 'deleted' && error instanceof GpuError && error.code === 'not_found') return null;
          throw error;
        });
      if (pod === null) return { state: 'deleted', raw_state: null, settled: true, thing: {} };
      return {
        state: pod.state,
        raw_state: pod.raw_state,
        settled: pod.state === 'failed' || pod.state === 'deleted',
        thing: { pod },
      };
    },
  };
}

function watchJob(ctx: ToolContext, ref: string, until = 'terminal'): Watch {
  const { id, jobs } = resolveJob(ctx, ref);
  const allowed: readonly string[] = ['terminal', ...JOB_STATES.filter((state) => state !== 'unknown')];
  if (!allowed.includes(until)) throw refuseUntil(allowed, until);
  return {
    until,
    look: async () => {
      const job = await jobs.get({ ...ctx.io, fresh: true, purpose: 'poll' }, id);
      return { state: job.state, raw_state: job.raw_state, settled: job.is_terminal, thing: { job } };
    },
  };
}

const reaches = (watch: Watch, seen: Seen): boolean =>
  seen.state === watch.until || (watch.until === 'terminal' && seen.settled);

const say = (ref: string, seen: Seen): string =>
  `${ref} is ${seen.state}${seen.raw_state !== null && seen.raw_state.toLowerCase() !== seen.state ? ` (${seen.raw_state})` : ''}`;

const output = z.object({
  ref: z.string(),
  until: z.string(),
  state: z.string(),
  reached: z.boolean(),
  timed_out: z.boolean(),
  waited_seconds: z.number(),
  message: z.string(),
  pod: podSchema.optional(),
  job: jobSchema.optional(),
});

/** Waits for a pod or job to reach a state. */
export const waitFor = defineTool({
  name: 'wait_for',
  title: 'Wait for a pod or job',
  description:
    'Wait until a pod is running (or another state) or a job has ended. Free; on time-out just call again. Use this instead of polling get_pod or get_job.',
  toolset: 'pods',
  effect: 'read',
  needs: () => true,
  input: z.strictObject({
    ref: refField.describe('pod or job ref'),
    until: z
      .string()
      .max(20)
      .optional()
      .describe('Default running (pod), terminal (job); or a state such as stopped, deleted, training'),
    timeout_seconds: z.number().int().min(1).max(600).default(45),
  }),
  output,
  endpoints: ['GET volt /pods/:id', 'GET volt /fine-tuning/:id', 'GET nebula /computing/instance/:id'],
  async run(input, ctx) {
    const watch = /^[a-z]+:job:/.test(input.ref)
      ? watchJob(ctx, input.ref, input.until)
      : watchPod(ctx, input.ref, input.until);
    const started = ctx.now().getTime();
    const waited = () => Math.round((ctx.now().getTime() - started) / 100) / 10;
    for (let round = 0; ; round += 1) {
      const seen = await watch.look();
      const elapsed = waited();
      const reached = reaches(watch, seen);
      const base = {
        ref: input.ref,
        until: watch.until,
        state: seen.state,
        reached,
        waited_seconds: elapsed,
        ...seen.thing,
      };
      if (reached) return { done: { ...base, timed_out: false, message: `${say(input.ref, seen)}.` } };
      if (seen.settled) {
        const message = `${say(input.ref, seen)} and will not become ${watch.until}.`;
        return { done: { ...base, timed_out: false, message } };
      }
      ctx.progress(
        elapsed,
        input.timeout_seconds,
        `${say(input.ref, seen)}, waiting for ${watch.until} (${elapsed} s)`,
      );
      const left = input.timeout_seconds - elapsed;
      if (left <= 0) {
        const message = `${say(input.ref, seen)} after ${elapsed} s, not yet ${watch.until}. Call wait_for again to go on waiting.`;
        return { done: { ...base, timed_out: true, message } };
      }
      const pause = PAUSES_SECONDS[Math.min(round, PAUSES_SECONDS.length - 1)] ?? 5;
      await ctx.sleep(Math.min(pause, left) * 1000);
    }
  },
  text: ({ message, pod, job }) =>
    [
      message,
      ...(pod === undefined ? [] : [podText(pod)]),
      ...(job === undefined ? [] : [jobText(job)]),
    ].join('\n'),
});
