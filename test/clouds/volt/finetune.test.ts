import { describe, expect, it } from 'vitest';
import {
  CUSTOM_TEXT_NOTE,
  GRPO_NOTE,
  JOB,
  NO_COLUMNS_NOTE,
  SUBMIT_NOTES,
} from '../../../src/clouds/volt/notes-jobs.ts';
import type { FinetuneRequest } from '../../../src/core/requests.ts';
import { numbersIn, quotesIn } from '../../facts.ts';
import { fakeVolt, NOW, thrown } from './fake.ts';

const LLAMA = 'meta-llama/Llama-3.1-8B-Instruct';
const TEXT: FinetuneRequest = {
  name: 'my-llama-finetune',
  task_type: 'text',
  model: LLAMA,
  hours: 2,
  dataset_repo: 'myorg/support-qa',
};
const prepare = (request: FinetuneRequest) => fakeVolt({}).volt.jobs!.prepareSubmit(request, new Date(NOW));
const refusal = (request: FinetuneRequest) => thrown(() => prepare(request));

describe('the plan of a job', () => {
  it('judges an 8B model at the more expensive reading', () => {
    const { cost, consequences, summary } = prepare(TEXT);
    expect(consequences).toEqual(expect.arrayContaining(SUBMIT_NOTES));
    expect(cost).toMatchObject({ usd_per_hour: 0, usd_upfront: 55.5, usd_upfront_max: 92.5 });
    expect(numbersIn(cost.basis).slice(0, 3)).toEqual([27.75, 46.25, 2]);
    expect(summary).toBe(JOB.summary(2, 'text', `"${LLAMA}"`));
  });

  it('names the data and the model whole, even if an empty repo is given beside a URL', () => {
    const dataset_url = 'https://my-server.com/data.jsonl';
    const custom = { ...TEXT, task_type: 'custom_chat' as const, dataset_repo: '', dataset_url };
    expect(prepare(custom).effects).toContain(JOB.data(`"${dataset_url}"`));
    const model = `acme/${'a'.repeat(85)}-70B`;
    expect(prepare({ ...TEXT, model }).summary).toContain(`"${model}"`);
  });

  it('is one figure when the table leaves no choice', () => {
    const { cost } = prepare({ ...TEXT, model: 'acme/x-70B' });
    expect(cost).toMatchObject({ usd_upfront: 185, usd_upfront_max: 185 });
  });

  it('carries the sentences about money, and where facts go', () => {
    const order = prepare({ ...TEXT, webhook_url: 'https://hooks.example.com/x' });
    expect(order.consequences).toEqual([
      NO_COLUMNS_NOTE(['field_instruction', 'field_output']),
      ...SUBMIT_NOTES,
    ]);
    expect(order.effects).toContain(JOB.webhook('"hooks.example.com"', '"https://hooks.example.com/x"'));
    const host = `your-server.com.${'a'.repeat(60)}.${'b'.repeat(60)}.evil.example`;
    const { effects } = prepare({ ...TEXT, webhook_url: `https://${host}/` });
    expect(quotesIn(effects.join(' '))).toContain(host);
  });

  it('warns of what is not documented', () => {
    expect(prepare({ ...TEXT, task_type: 'grpo', chat_template: 'qwen3' }).consequences).toContain(GRPO_NOTE);
    const custom = {
      ...TEXT,
      task_type: 'custom_text' as const,
      dataset_repo: undefined,
      dataset_url: 'https://a.example/d',
    };
    expect(prepare(custom).consequences).toContain(CUSTOM_TEXT_NOTE);
    expect(prepare(TEXT).consequences).not.toContain(GRPO_NOTE);
  });
});

describe('a request that cannot be sent', () => {
  it('names all its problems at once', async () => {
    const error = await refusal({
      ...TEXT,
      task_type: 'dpo',
      dataset_repo: undefined,
      dataset_url: 'file:///etc/passwd',
      field_conversation: 'x',
      image_model_type: 'flux',
      webhook_url: 'https://127.1/',
    });
    expect(error.code).toBe('invalid_input');
    const fields = [
      'dataset_repo: needed',
      'chat_template: needed',
      'dataset_url: not for task type dpo',
      'field_prompt: needed',
      'field_chosen: needed',
      'field_rejected: needed',
      'field_conversation: not for',
      'image_model_type: not for',
      'dataset_url: must start',
      'webhook_url: must not point',
    ];
    for (const text of fields) expect(error.message).toContain(text);
  });
});
