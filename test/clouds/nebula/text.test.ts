import { describe, expect, it } from 'vitest';
import { BROKEN_OFF, CUT } from '../../../src/clouds/nebula/inference.ts';
import type { Cloud } from '../../../src/core/cloud.ts';
import type { TextRequest } from '../../../src/core/requests.ts';
import { type Answer, fakeNebula, io, refusal } from './fake.ts';

const CHAT = 'POST /chat/completions';
const chunk = (content: string | null, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    id: 'c',
    model: 'm/real',
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { content }, ...more }],
  });
const asked: TextRequest = { model: 'm/a', messages: [{ role: 'user', content: 'Hi' }], image_urls: [] };

async function say(answer: Answer, change: Partial<TextRequest> = {}) {
  const pieces: string[] = [];
  const fake = fakeNebula({ [CHAT]: answer });
  const result = await group(fake.cloud).text(io(), { ...asked, ...change }, (piece) => pieces.push(piece));
  return { ...fake, pieces, result };
}

function group(cloud: Cloud) {
  if (!cloud.inference) throw new Error('no inference');
  return cloud.inference;
}

describe('text', () => {
  it('streams, and puts the documented chunks together', async () => {
    const usage = { prompt_tokens: 42, completion_tokens: 2, total_tokens: 44, prompt_tokens_details: null };
    const events = [
      chunk('It'),
      chunk(' looks\n'),
      chunk(null, { finish_reason: 'stop' }),
      JSON.stringify({ model: 'm/real', choices: [], usage }),
      '[DONE]',
      'not read',
    ];
    const { lines, sent, pieces, result } = await say({ events });
    expect(result).toEqual({
      model: 'm/real',
      text: 'It looks\n',
      finish_reason: 'stop',
      usage: { prompt_tokens: 42, completion_tokens: 2, total_tokens: 44 },
    });
    expect(pieces).toEqual(['It', ' looks\n']);
    expect(lines()).toEqual([
      'POST /chat/completions {"messages":[{"role":"user","content":"Hi"}],"model":"m/a","stream":true,"stream_options":{"include_usage":true}}',
    ]);
    expect(sent[0]).toMatchObject({
      base: 'inference',
      repeatable: false,
      reads: 'events',
      timeoutMs: 120_000,
    });
  });

  it('sends the settings that were given, and images before the text of the last user message', async () => {
    const messages = [
      { role: 'system' as const, content: 'S' },
      { role: 'user' as const, content: 'Look' },
      { role: 'assistant' as const, content: 'Yes' },
    ];
    const settings = { max_tokens: 5, temperature: 0, top_p: 0.9 };
    const { lines } = await say(
      { events: ['[DONE]'] },
      { messages, image_urls: ['https://e.org/a.png'], ...settings },
    );
    expect(lines()).toEqual([
      'POST /chat/completions {"messages":[{"role":"system","content":"S"},{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://e.org/a.png"}},{"type":"text","text":"Look"}]},{"role":"assistant","content":"Yes"}],"model":"m/a","max_tokens":5,"temperature":0,"top_p":0.9,"stream":true,"stream_options":{"include_usage":true}}',
    ]);
  });

  it('takes a whole completion when the stream was ignored, and events under another content type', async () => {
    const body = {
      id: 'c',
      model: 'm/real',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'All.' } }],
      usage: { total_tokens: 3 },
    };
    const whole = await say({ body });
    expect(whole.result).toMatchObject({
      text: 'All.',
      finish_reason: 'stop',
      usage: { prompt_tokens: null, total_tokens: 3 },
    });
    expect(whole.pieces).toEqual(['All.']);
    const raw = await say({
      body: `: hi\n\ndata: ${chunk('A')}\r\n\r\ndata:${chunk('B')}\n\ndata: [DONE]\n\n`,
    });
    expect(raw.result).toMatchObject({ text: 'AB', finish_reason: null, usage: { total_tokens: null } });
  });

  it.each([
    ['is empty', { events: [] }, 'upstream_error', '0'],
    ['is an error', { events: ['{"error":{"message":"overloaded"}}'] }, 'upstream_error', '"overloaded"'],
    ['is no JSON', { events: ['<html>'] }, 'unexpected_response', ''],
    ['has a wrong shape', { events: ['{"choices":{}}'] }, 'unexpected_response', ''],
    ['is a page', { body: '<html>hi</html>' }, 'unexpected_response', ''],
    ['is an empty object', { body: {} }, 'unexpected_response', ''],
    [
      'is refused',
      { status: 404, body: { error: { message: 'No such model' } } },
      'not_found',
      'No such model',
    ],
    [
      'is refused with 200',
      { body: { error: { message: 'Insufficient quota of credits' } } },
      'insufficient_funds',
      'credits',
    ],
  ] as [string, Answer, string, string][])(
    'an answer that %s is an error',
    async (_what, answer, code, figureOrQuote) => {
      const { cloud, lines } = fakeNebula({ [CHAT]: answer });
      const error = await refusal(group(cloud).text(io(), asked, () => {}));
      expect(error.code).toBe(code);
      expect(error.message).toContain(figureOrQuote);
      expect(lines()).toHaveLength(1);
    },
  );

  it.each([
    ['ends too early', [], 'after 6 characters'],
    ['ends in an error', ['{"error":{"message":"overloaded"}}'], '"overloaded"'],
    ['ends in what is no piece', ['<html>'], ''],
  ])('a text that %s is shown as far as it came, because it was paid for', async (_what, end, figure) => {
    const { result, pieces, lines } = await say({ events: [chunk('It'), chunk(' was'), ...end] });
    expect(result).toMatchObject({ text: 'It was', finish_reason: BROKEN_OFF, model: 'm/real' });
    expect(result.note).toContain(figure);
    expect(pieces).toEqual(['It', ' was']);
    expect(lines()).toHaveLength(1);
  });

  it('cuts a flood', async () => {
    const flood = chunk('x'.repeat(400_000));
    const { result, pieces } = await say({
      events: [flood, flood, flood, chunk('y', { finish_reason: 'length' }), '[DONE]'],
    });
    expect(result.text).toHaveLength(1_000_000);
    expect(result.finish_reason).toBe(CUT);
    expect(pieces.join('')).toBe(result.text);
  });
});
