import type { CreateOrder, Io, JobOps } from '../../core/cloud.ts';
import { GpuError, isCode } from '../../core/errors.ts';
import type { FinetuneRequest } from '../../core/finetune.ts';
import { JOB_STATES, type Job } from '../../core/model.ts';
import { quote, usd } from '../../core/text.ts';
import { toReply } from './actions.ts';
import { ENDPOINTS } from './endpoints.ts';
import { fail, refuseProblems, rowsOf, withNotFound, wrongId } from './errors.ts';
import { priceBand, upfront } from './finetune-price.ts';
import { finetuneBody, finetuneProblems } from './finetune-rules.ts';
import { toJob } from './map.ts';
import { CANCEL_NOTES, CUSTOM_TEXT_NOTE, GRPO_NOTE, SUBMIT_NOTES } from './notes.ts';
import type { VoltRequest } from './reading.ts';
import { JOB_STATUS } from './states.ts';
import { webhookProblem } from './urls.ts';

const MAX_ADDRESS = 2000;

/** What is trained, and where data goes to or comes from, never cut short before its end could be seen. */
const inFull = (text: string): string => quote(text, MAX_ADDRESS);

const typeNotes = (taskType: string): string[] =>
  taskType === 'grpo' ? [GRPO_NOTE] : taskType === 'custom_text' ? [CUSTOM_TEXT_NOTE] : [];

/** Checks and prices a request. `usd_upfront_max` is the dearest reading of the price table, `usd_upfront` the cheapest. */
function prepare(request: FinetuneRequest, now: Date): CreateOrder {
  refuseProblems(finetuneProblems(request), 'This job cannot be submitted yet.');
  const band = priceBand(request.model, request.task_type);
  const low = upfront(band.usd_per_hour_min, request.hours);
  const high = upfront(band.usd_per_hour_max, request.hours);
  const range = (from: number, to: number) => (from === to ? usd(to) : `${usd(from)} to ${usd(to)}`);
  const hook = request.webhook_url ?? '';
  return {
    body: finetuneBody(request),
    summary: `${request.hours} h of ${request.task_type} fine-tuning of ${inFull(request.model)} (Volt)`,
    cost: {
      usd_per_hour: 0,
      usd_upfront: low,
      usd_upfront_max: high,
      basis: `${range(band.usd_per_hour_min, band.usd_per_hour_max)} USD per hour x ${request.hours} h = ${range(low, high)} USD (${band.why}).`,
      quoted_at: now.toISOString(),
    },
    effects: [
      `Debits ${range(low, high)} USD from the account now.`,
      `Trains on ${inFull(request.dataset_repo || request.dataset_url || '')}.`,
      ...(hook === ''
        ? []
        : [
            `Sends facts about the job to the host ${inFull(new URL(hook).host)} when it ends: ${inFull(hook)}.`,
          ]),
    ],
    consequences: [...SUBMIT_NOTES, ...typeNotes(request.task_type)],
  };
}

/** True for the id that was asked for, also where the reply cuts it with dots as the reference's examples do. */
const isSame = (answered: string, asked: string): boolean =>
  answered === asked || answered.replace(/\.{3}$/, '') === asked;

const STATUSES = Object.keys(JOB_STATUS);

/** The cloud's own words for a status that the caller names in its words or in ours. @throws GpuError `invalid_input`. */
function wanted(status: string): string[] {
  const key = status.trim().toLowerCase();
  if (Object.hasOwn(JOB_STATUS, key)) return [key];
  const words = STATUSES.filter((word) => JOB_STATUS[word]?.state === key);
  if (words.length > 0 || key === 'unknown') return words;
  throw new GpuError('invalid_input', `status: ${quote(status)} is not a status of a job.`, {
    hint: `Use one of ${[...new Set([...JOB_STATES, ...STATUSES])].join(', ')}.`,
    cloud: 'volt',
  });
}

/** The fine-tuning jobs of a Volt account (Volt API Reference, Fine-Tuning). */
export function voltJobs(request: VoltRequest): JobOps {
  const read = async (io: Io, id: string): Promise<Job> => {
    const call = request(ENDPOINTS.getJob, io, { params: { id } });
    const found = await withNotFound('job', id, call);
    if (!isSame(found.id, id)) throw wrongId('job', id, found.id);
    return toJob(found, id);
  };

  const inState = async (io: Io, id: string, error: GpuError): Promise<GpuError> => {
    try {
      const job = await read({ ...io, fresh: true }, id);
      return fail('wrong_state', `${error.message} The job is now ${quote(job.raw_state)}.`, {
        hint: 'Call get_job and act on the state it shows.',
        cause: error,
      });
    } catch {
      return error;
    }
  };

  return {
    async list(io, status) {
      const words = status === undefined ? null : wanted(status);
      const [only] = words ?? [];
      const given = words?.length === 1 && only !== undefined ? { query: { status: only } } : {};
      const rows = rowsOf(io, await request(ENDPOINTS.listJobs, io, given), 'jobs');
      const jobs = rows.map((row) => toJob(row));
      if (words === null) return jobs;
      return jobs.filter((job) =>
        words.length === 0 ? job.state === 'unknown' : words.includes((job.raw_state ?? '').toLowerCase()),
      );
    },
    get: read,
    prepareSubmit: prepare,
    webhookProblem,
    async submit(io, order) {
      return toJob(await request(ENDPOINTS.createJob, io, { body: order.body }));
    },
    async cancel(io, id) {
      try {
        const call = request(ENDPOINTS.cancelJob, io, { params: { id } });
        return toReply(await withNotFound('job', id, call), []);
      } catch (error) {
        throw isCode(error, 'invalid_input', 'wrong_state') ? await inState(io, id, error) : error;
      }
    },
    cancelNotes: (job) => [...CANCEL_NOTES[job.refund_if_cancelled_now]],
  };
}
