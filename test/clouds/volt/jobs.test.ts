import { describe, expect, it } from 'vitest';
import { CANCEL_NOTES } from '../../../src/clouds/volt/notes-jobs.ts';
import type { FinetuneRequest } from '../../../src/core/requests.ts';
import { quotesIn, refsIn } from '../../facts.ts';
import * as doc from './documented.ts';
import { answer, failure, fakeVolt, io, NOW } from './fake.ts';

const LLAMA = 'meta-llama/Llama-3.1-8B-Instruct';
const TEXT: FinetuneRequest = {
  name: 'my-llama-finetune',
  task_type: 'text',
  model: LLAMA,
  hours: 2,
  dataset_repo: 'myorg/support-qa',
};
const jobs = (replies: Record<string, unknown> = {}) => fakeVolt(replies).volt.jobs!;
const prepare = (request: FinetuneRequest) => jobs().prepareSubmit(request, new Date(NOW));

describe('submitting', () => {
  it.each([
    ['success: false', { success: false, message: 'no' }, 'upstream_error'],
    ['no success at all', { job: doc.JOB_CREATED.job }, 'unexpected_response'],
  ])('a 200 with %s is a failure', async (_name, body, code) => {
    const { volt } = fakeVolt({ 'POST /fine-tuning': body });
    expect(await failure(volt.jobs!.submit(io(), prepare(TEXT)))).toMatchObject({ code });
  });
});

describe('one job', () => {
  it('of another id is refused: its refund is not that of the job that was asked for', async () => {
    const error = await failure(jobs({ 'GET /fine-tuning/:id': doc.JOB_DETAIL }).get(io(), 'cl_other'));
    expect(error).toMatchObject({ code: 'unexpected_response', cloud: 'volt' });
    expect(refsIn(error.message)).toEqual(['volt:job:cl_other']);
    expect(quotesIn(error.message)).toEqual(['clxyz456...']);
  });
});

describe('cancelling', () => {
  const notesFor = async (status: string) => {
    const body = { success: true, job: { id: 'j', status } };
    const ops = jobs({ 'GET /fine-tuning/:id': body });
    return ops.cancelNotes(await ops.get(io(), 'j'));
  };

  it.each(['pending', 'preparing_data', 'idle', 'looking_for_nodes'])(
    '%s: full, and may have moved',
    async (status) => {
      expect(await notesFor(status)).toEqual(CANCEL_NOTES.full);
    },
  );
  it.each(['ready', 'delayed', 'brand_new'])('%s: not promised', async (status) => {
    expect(await notesFor(status)).toEqual(CANCEL_NOTES.not_promised);
  });
  it.each(['training', 'evaluating', 'preevaluation'])('%s: nothing', async (status) => {
    expect(await notesFor(status)).toEqual(CANCEL_NOTES.none);
  });
  it.each(['success', 'failure_finding_nodes', 'cancelled'])('%s: nothing to cancel', async (status) => {
    expect(await notesFor(status)).toEqual(CANCEL_NOTES['n/a']);
  });

  it('claims no refund that the reply does not name', async () => {
    const reply = { success: true, message: 'Job cancelled', job: { id: 'j', status: 'cancelled' } };
    const said = await jobs({ 'DELETE /fine-tuning/:id': reply }).cancel(io(), 'j');
    expect(said).toEqual({ message: 'Job cancelled', raw_state: 'cancelled', notes: [] });
  });

  it('of an ended job says which state it is in', async () => {
    const ended = { error: true, status: 400, message: 'Job is already success.', code: 'X' };
    const { volt, sent } = fakeVolt({
      'DELETE /fine-tuning/:id': answer(400, ended),
      'GET /fine-tuning/:id': { success: true, job: { id: 'j', status: 'success' } },
    });
    const error = await failure(volt.jobs!.cancel(io(), 'j'));
    expect(error).toMatchObject({ code: 'wrong_state' });
    expect(quotesIn(error.message).at(-1)).toBe('success');
    expect(sent.map(({ route }) => route)).toEqual(['DELETE /fine-tuning/:id', 'GET /fine-tuning/:id']);
  });
});
