import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelSize } from '../../src/sandbox/volt/jobs.ts';
import { obj, START, start, str, TEXT_JOB } from './start.ts';

const { fieldInstruction: _i, fieldOutput: _o, ...BASE } = TEXT_JOB;

const EXAMPLES = {
  text: TEXT_JOB,
  chat: { ...BASE, taskType: 'chat', hours: 3, chatTemplate: 'llama3', fieldConversation: 'conversations' },
  dpo: {
    ...BASE,
    taskType: 'dpo',
    chatTemplate: 'llama3',
    fieldPrompt: 'prompt',
    fieldChosen: 'chosen',
    fieldRejected: 'rejected',
  },
  grpo: { ...BASE, taskType: 'grpo', chatTemplate: 'llama3' },
  custom_chat: {
    name: 'custom-data-train',
    taskType: 'custom_chat',
    model: 'Qwen/Qwen2.5-7B-Instruct',
    datasetUrl: 'https://my-server.com/data.jsonl',
    hours: 2,
  },
  image: {
    ...BASE,
    taskType: 'image',
    model: 'black-forest-labs/FLUX.1-dev',
    hours: 1,
    imageModelType: 'flux',
  },
};

async function withJob(body: object = TEXT_JOB) {
  const api = await start();
  const created = await api.volt('POST', '/fine-tuning', body);
  return { ...api, created, id: str(obj(created.json.job).id) };
}

describe('Volt fine-tuning', () => {
  it('answers the documented create and debits the whole cost at once', async () => {
    const { created, world, id } = await withJob();
    expect(created.status).toBe(201);
    expect(created.json).toEqual({
      success: true,
      job: {
        id: expect.stringMatching(/^cl[a-z0-9]{23}$/),
        gradientsTaskId: expect.any(String),
        name: 'my-llama-finetune',
        baseModel: 'meta-llama/Llama-3.1-8B-Instruct',
        taskType: 'text',
        status: 'pending',
        hoursRequested: 2,
        costPerHour: 27.75,
        totalCost: 55.5,
        createdAt: START,
      },
    });
    expect(world.ledger.entries).toMatchObject([{ cloud: 'volt', kind: 'debit', usd: 55.5, target: id }]);
    expect(world.ledger.balance('volt')).toBe(944.5);
  });

  it.each(Object.entries(EXAMPLES))('accepts the documented %s example', async (taskType, body) => {
    const { created } = await withJob(body);
    expect(created.status).toBe(201);
    expect(obj(created.json.job).taskType).toBe(taskType);
  });

  it('runs through the documented flow', async () => {
    const { volt, world, id } = await withJob();
    const seen: unknown[] = [];
    for (const seconds of [0, 60, 60, 60, 60, 7200, 600]) {
      world.clock.advance(seconds);
      seen.push(obj((await volt('GET', `/fine-tuning/${id}`)).json.job).status);
    }
    const flow = [
      'pending',
      'preparing_data',
      'looking_for_nodes',
      'ready',
      'training',
      'evaluating',
      'success',
    ];
    expect(seen).toEqual(flow);
    expect((await volt('GET', `/fine-tuning/${id}`)).json.job).toMatchObject({
      datasetRepo: 'myorg/support-qa',
      outputModelRepo: expect.stringMatching(/^voltagegpu\/my-llama-finetune-/),
      startedAt: '2026-03-28T14:04:00Z',
      completedAt: '2026-03-28T16:14:00Z',
    });
  });

  it('lists with an optional status filter and no total', async () => {
    const { volt, id } = await withJob();
    const { json } = await volt('GET', '/fine-tuning');
    expect(Object.keys(json)).toEqual(['success', 'jobs']);
    expect(json.jobs).toMatchObject([
      { id, datasetRepo: 'myorg/support-qa', outputModelRepo: null, startedAt: null },
    ]);
    expect((await volt('GET', '/fine-tuning?status=training')).json.jobs).toEqual([]);
    expect((await volt('GET', '/fine-tuning?status=done')).status).toBe(400);
    expect((await volt('GET', '/fine-tuning/clnone')).status).toBe(404);
  });

  it.each(['pending', 'preparing_data', 'idle', 'looking_for_nodes'])(
    'refunds in full from %s',
    async (status) => {
      const { volt, world, id } = await withJob();
      world.setJobStatus(id, status);
      expect((await volt('DELETE', `/fine-tuning/${id}`)).json).toEqual({
        success: true,
        message: 'Job cancelled and $55.50 refunded to your account',
        job: { id, status: 'cancelled' },
      });
      expect(world.ledger.balance('volt')).toBe(1000);
    },
  );

  it.each(['ready', 'training', 'evaluating'])('refunds nothing from %s', async (status) => {
    const { volt, world, id } = await withJob();
    world.setJobStatus(id, status);
    const { status: http, json } = await volt('DELETE', `/fine-tuning/${id}`);
    expect(http).toBe(200);
    expect(json.message).not.toContain('$');
    expect(world.ledger.balance('volt')).toBe(944.5);
  });

  it('refuses to cancel twice and moves no money', async () => {
    const { volt, world, id } = await withJob();
    await volt('DELETE', `/fine-tuning/${id}`);
    expect((await volt('DELETE', `/fine-tuning/${id}`)).json).toMatchObject({
      status: 400,
      code: 'INVALID_STATE',
    });
    expect(world.ledger.entries.map((entry) => entry.kind)).toEqual(['debit', 'refund']);
  });

  it('answers 402 and debits nothing when the balance is short', async () => {
    const { volt, world } = await start();
    world.ledger.setBalance('volt', 55.49);
    expect((await volt('POST', '/fine-tuning', TEXT_JOB)).status).toBe(402);
    expect(world.ledger.entries).toEqual([]);
    expect(world.jobs.list()).toEqual([]);
  });

  it('refuses fields of another task, missing fields and unknown values by name', async () => {
    const { volt } = await start();
    const refused = async (body: object) => {
      const { status, json } = await volt('POST', '/fine-tuning', body);
      expect(status).toBe(400);
      return str(json.message);
    };
    expect(await refused({ ...TEXT_JOB, fieldChosen: 'x' })).toContain('"fieldChosen"');
    expect(await refused({ ...EXAMPLES.dpo, fieldPrompt: undefined })).toContain('"fieldPrompt"');
    expect(await refused({ ...EXAMPLES.chat, chatTemplate: 'qwen25' })).toContain('"chatTemplate"');
    expect(await refused({ ...EXAMPLES.custom_chat, dsRepo: 'a/b' })).toContain('"dsRepo"');
    expect(await refused({ ...EXAMPLES.image, imageModelType: 'sd3' })).toContain('"imageModelType"');
    expect(await refused({ ...EXAMPLES.custom_chat, taskType: 'custom_text' })).toContain('"taskType"');
    expect(await refused({ ...TEXT_JOB, hours: 0 })).toContain('"hours"');
    expect(await refused({ ...TEXT_JOB, hours: '2' })).toContain('"hours"');
  });

  it.each([
    ['EleutherAI/pythia-410m', 18.5],
    ['Qwen/Qwen2.5-0.5B', 18.5],
    ['Qwen/Qwen2.5-7B-Instruct', 27.75],
    ['meta-llama/Llama-3.1-8B-Instruct', 27.75],
    ['Qwen/Qwen2.5-14B', 46.25],
    ['mistralai/Mixtral-8x7B-v0.1', 92.5],
    ['meta-llama/Llama-3.3-70B-Instruct', 92.5],
    ['microsoft/phi-4', 92.5],
  ])('prices %s at %d an hour', async (model, usd) => {
    const { created } = await withJob({ ...TEXT_JOB, model, hours: 1 });
    expect(obj(created.json.job).costPerHour).toBe(usd);
  });

  it('reads any plain size out of a model name', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999 }),
        fc.constantFrom('-Instruct', '', '-v0.1'),
        (size, tail) => {
          expect(modelSize(`owner/Model-3.1-${size}B${tail}`)).toBe(size);
        },
      ),
    );
    expect(modelSize('3b-owner/no-size-here')).toBeNull();
  });
});
