import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Json, obj, start, str } from './start.ts';

const TEXT_MODEL = 'meta-llama/Llama-3.3-70B-Instruct';
const chat = { model: TEXT_MODEL, messages: [{ role: 'user', content: 'Say hello' }], max_tokens: null };

const events = (text: string) =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''));

describe('inference', () => {
  it('lists models in the documented shape', async () => {
    const { nebula } = await start();
    const models = obj((await nebula('GET', '/serverless/models')).json.data).models as Json[];
    expect(new Set(models.map((model) => model.model_type))).toEqual(
      new Set(['text', 'vision', 'image', 'embedding']),
    );
    for (const model of models)
      expect(Object.keys(model)).toEqual([
        'model_name',
        'model_alias',
        'model_type',
        'context_length',
        'max_completion_tokens',
        'description',
        'price',
        'huggingface_url',
      ]);
  });

  it('answers a chat and charges its tokens', async () => {
    const { inference, world } = await start();
    const { status, json } = await inference('/chat/completions', chat);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      object: 'chat.completion',
      model: TEXT_MODEL,
      choices: [{ index: 0, message: { role: 'assistant' }, finish_reason: 'stop' }],
    });
    const { total_tokens } = obj(json.usage);
    expect(world.ledger.entries).toMatchObject([
      { cloud: 'nebula', kind: 'debit', usd: (0.12 * Number(total_tokens)) / 1_000_000, target: TEXT_MODEL },
    ]);
  });

  it('cuts at max_tokens', async () => {
    const { inference } = await start();
    const { json } = await inference('/chat/completions', { ...chat, max_tokens: 2 });
    expect(json.choices).toMatchObject([{ finish_reason: 'length' }]);
    expect(json.usage).toMatchObject({ completion_tokens: 2 });
  });

  it('streams the same answer as chunks, usage last when asked for, then [DONE]', async () => {
    const { inference } = await start();
    const whole = await inference('/chat/completions', chat);
    const body = { ...chat, stream: true, stream_options: { include_usage: true } };
    const { headers, text } = await inference('/chat/completions', body);
    expect(headers.get('content-type')).toBe('text/event-stream');
    const sent = events(text);
    expect(sent.at(-1)).toBe('[DONE]');
    const chunks = sent.slice(0, -1).map((event) => JSON.parse(event));
    const content = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(content).toBe((whole.json.choices as { message: Json }[])[0]?.message.content);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.json.usage });
    const plain = events((await inference('/chat/completions', { ...chat, stream: true })).text);
    expect(plain.some((event) => event.includes('"usage"'))).toBe(false);
  });

  it('takes pictures with a vision model only', async () => {
    const { inference } = await start();
    const content = [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    ];
    const messages = [{ role: 'user', content }];
    const seen = await inference('/chat/completions', { model: 'Qwen/Qwen2.5-VL-7B-Instruct', messages });
    expect(seen.status).toBe(200);
    expect((await inference('/chat/completions', { model: TEXT_MODEL, messages })).status).toBe(404);
  });

  it('embeds each input as a unit vector that depends on its text only', async () => {
    const { inference } = await start();
    const { json } = await inference('/embeddings', {
      model: 'BAAI/bge-large-en-v1.5',
      input: ['a', 'b', 'a'],
    });
    const vectors = (json.data as { embedding: number[]; index: number }[]).map((row) => row.embedding);
    expect(vectors.map((vector) => vector.length)).toEqual([1024, 1024, 1024]);
    expect(Math.hypot(...(vectors[0] ?? []))).toBeCloseTo(1);
    expect(vectors[0]).toEqual(vectors[2]);
    expect(vectors[0]).not.toEqual(vectors[1]);
  });

  it('generates a real PNG of the size asked for, in the envelope of its own', async () => {
    const { nebula } = await start();
    const body = {
      model: 'black-forest-labs/FLUX.1-schnell',
      prompt: 'a cat',
      width: 96,
      height: 64,
      num_steps: 10,
    };
    const { json } = await nebula('POST', '/images/generation', {
      ...body,
      guidance_scale: 7,
      negative_prompt: null,
    });
    expect(Object.keys(json)).toEqual(['model', 'object', 'data', 'message', 'status']);
    const [image] = json.data as { b64_json: string; timings: object; index: number }[];
    expect(image).toMatchObject({ timings: { inference: expect.any(Number) }, index: 0 });
    const png = Buffer.from(str(image?.b64_json), 'base64');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([96, 64]);
    const data = png.subarray(41, 41 + png.readUInt32BE(33));
    expect(inflateSync(data)).toHaveLength(64 * (1 + 96 * 3));
  });

  it('refuses unknown models and fields with an OpenAI error', async () => {
    const { inference } = await start();
    const unknown = await inference('/chat/completions', { ...chat, model: 'gpt-none' });
    expect([unknown.status, obj(unknown.json.error).code]).toEqual([404, 'model_not_found']);
    const field = await inference('/chat/completions', { ...chat, tools: [] });
    expect([field.status, obj(field.json.error).param]).toEqual([400, 'tools']);
    expect((await inference('/embeddings', { model: 'BAAI/bge-large-en-v1.5', input: 'a' })).status).toBe(
      400,
    );
    expect((await inference('/models')).status).toBe(404);
  });

  it('limits requests per minute', async () => {
    const { inference, world } = await start();
    const limit = { requests: 600, window_seconds: 60 };
    for (let n = 0; n < 600; n += 1) world.rates.count('inference', world.clock.now(), limit);
    const over = await inference('/chat/completions', chat);
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '60']);
  });
});
