import { describe, expect, it } from 'vitest';
import type { InferenceOps } from '../../src/core/cloud.ts';
import { type ErrorCode, GpuError } from '../../src/core/errors.ts';
import type { Model } from '../../src/core/model.ts';
import { generateImage } from '../../src/tools/inference/image.ts';
import { listModels } from '../../src/tools/inference/models.ts';
import { embedText, generateText, MAX_TEXT, TEXT_IS_DATA } from '../../src/tools/inference/text.ts';
import { MAX_INLINE } from '../../src/tools/kept.ts';
import { fieldsIn, naming, numbersIn, toolsIn } from '../facts.ts';
import { call, type FakeContext, failureOf } from './fake-context.ts';
import { setUp, usage } from './fake-inference.ts';

const booked = (ctx: FakeContext) => ctx.booked.map(({ kind, usd, what }) => [kind, usd, what]);
const use = (...names: string[]) => ['metered', null, expect.stringMatching(naming(...names))];

describe('list_models', () => {
  it('lists the cheapest first, of one price by name, of no price last', async () => {
    const { output } = await call(listModels, {}, setUp());
    expect((output.models as Model[]).map(({ name }) => name)).toEqual([
      'flux',
      'eyes',
      'zeta/chat',
      'e',
      'm',
      'alpha/chat',
    ]);
  });

  it.each([
    // A vision model answers text, too.
    [{ type: 'TEXT' }, 4],
    [{ type: 'vision' }, 1],
    [{ max_price: 1.5 }, 1],
    [{ search: 'zeta' }, 1],
    [{ search: 'chat Zeta' }, 1],
    [{ type: 'LLM' }, 4],
    [{ type: 'Embeddings' }, 1],
    [{ search: 'zeta.' }, 1],
    [{ search: '... zeta/' }, 1],
    [{ search: 'nothing' }, 0],
  ])('filters by %j', async (filter, total) => {
    expect((await call(listModels, filter, setUp())).output.total).toBe(total);
  });
});

it("list_models takes a type by the cloud's own word and by what people mean by it", async () => {
  const listed = await call(listModels, {}, setUp());
  const [one] = listed.output.models as Model[];
  if (one === undefined) throw new Error('no models');
  const models = ['chat', 'text', 'image'].map((type) => ({ ...one, type, name: type }));
  const named = await call(listModels, { type: 'chat' }, setUp({ models: async () => models }));
  expect((named.output.models as Model[]).map(({ name }) => name)).toEqual(['chat', 'text']);
});

describe('generate_text', () => {
  const args = { model: 'm', prompt: 'Hi' };

  it('of an unknown model names the field and the tool that lists models, and books nothing', async () => {
    const text = () => Promise.reject(new GpuError('not_found', 'no such model', { cloud: 'nebula' }));
    const ctx = setUp({ text });
    const error = await failureOf(call(generateText, args, ctx));
    expect(error).toMatchObject({ code: 'not_found', message: 'model: no such model', cloud: 'nebula' });
    expect(toolsIn(error.hint)).toEqual(['list_models']);
    expect(booked(ctx)).toEqual([]);
  });

  it('returns the text as data, and books the use', async () => {
    const ctx = setUp();
    const { output, text } = await call(generateText, args, ctx);
    expect(output).toEqual({
      status: 'done',
      model: 'm',
      text: 'Hello.',
      finish_reason: 'stop',
      usage,
      truncated: false,
      next: TEXT_IS_DATA,
    });
    expect(numbersIn(text)).toEqual([7, 3, 4]);
    expect(text.endsWith('\nHello.')).toBe(true);
    expect(booked(ctx)).toEqual([use('generate_text', 'm', '7', '3', '4')]);
  });

  it('sends a prompt as one user message, and messages as they are', async () => {
    const sent: Parameters<InferenceOps['text']>[1][] = [];
    const text: InferenceOps['text'] = async (_io, request) => {
      sent.push(request);
      return { model: 'm', text: '', finish_reason: null, usage };
    };
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    await call(generateText, args, setUp({ text }));
    await call(generateText, { model: 'm', messages, max_tokens: 5, temperature: 0 }, setUp({ text }));
    expect(sent.map((request) => request.messages)).toEqual([[{ role: 'user', content: 'Hi' }], messages]);
    expect(sent[1]).toMatchObject({ max_tokens: 5, temperature: 0 });
  });

  it.each([
    ['neither', { model: 'm' }],
    ['both', { ...args, messages: [{ role: 'user', content: 'x' }] }],
  ])('refuses %s of prompt and messages, and books nothing', async (_which, given) => {
    const ctx = setUp();
    const { code, message } = await failureOf(call(generateText, given, ctx));
    expect([code, message]).toEqual(['invalid_input', expect.stringMatching(/^prompt, messages: /)]);
    expect(booked(ctx)).toEqual([]);
  });

  it('refuses images without a user message', async () => {
    const messages = [{ role: 'system', content: 'x' }];
    const given = { model: 'm', messages, image_urls: ['https://a.example/x.png'] };
    expect(fieldsIn((await failureOf(call(generateText, given, setUp()))).message)).toEqual(['image_urls']);
  });

  it.each(['https://a.example/x.png', 'data:image/png;base64,iVBORw0KGgo='])('takes the image %s', (url) => {
    expect(generateText.open({ ...args, image_urls: [url] }).input.image_urls).toEqual([url]);
  });

  it.each([
    'http://a.example/x.png',
    'file:///etc/passwd',
    'https://user:pw@a.example/x.png',
    'data:text/html;base64,AAAA',
    'data:image/svg+xml;base64,AAAA',
    'x',
  ])('refuses the image %s', (url) => {
    expect(() => generateText.open({ ...args, image_urls: [url] })).toThrow(/"image_urls",\s+0/);
  });

  it('reports progress at most every half second', async () => {
    const ctx: FakeContext = setUp({
      text: async (_io, _request, onText) => {
        for (const wait of [0, 100, 399, 1, 499, 1]) {
          ctx.clock.ms += wait;
          onText('abcd');
        }
        return { model: 'm', text: '', finish_reason: 'stop', usage };
      },
    });
    await call(generateText, args, ctx);
    expect(ctx.progressed).toEqual(['4 characters', '16 characters', '24 characters']);
  });

  it.each([
    ['short', 'It was', 1],
    ['long', 'a'.repeat(MAX_TEXT + 1), 2],
  ])('says of a %s text that broke off what is missing, in both forms', async (_length, begun, sentences) => {
    const note = 'The text is incomplete.';
    const text = async () => ({ model: 'm', text: begun, finish_reason: 'broken_off', usage, note });
    const { output, text: shown } = await call(generateText, args, setUp({ text }));
    expect(output).toMatchObject({ finish_reason: 'broken_off', note: expect.stringContaining(note) });
    expect(String(output.note).match(/\.(?= |$)/g)).toHaveLength(sentences);
    expect(shown).toContain(output.note);
  });

  it('cuts a long text between characters, and strips control characters', async () => {
    const long = `\u001b[31m${'a'.repeat(MAX_TEXT - 5)}😀 and more`;
    const ctx = setUp({
      text: async () => ({ model: 'm', text: long, finish_reason: 'stop', usage }),
    });
    const { output, text } = await call(generateText, args, ctx);
    expect(output).toMatchObject({ truncated: true, text: `[31m${'a'.repeat(MAX_TEXT - 5)}` });
    expect(text).toContain(`${MAX_TEXT - 1} of ${long.length - 1}`);
    expect([...ctx.written.values()]).toEqual([long.slice(1)]);
  });

  it.each<[ErrorCode, number]>([
    ['outcome_unknown', 1],
    ['upstream_error', 1],
    ['timeout', 1],
    ['unauthorized', 0],
    ['rate_limited', 0],
    ['insufficient_funds', 0],
  ])('books a call that ended with %s %i times', async (code, times) => {
    const ctx = setUp({ text: () => Promise.reject(new GpuError(code, 'no')) });
    expect((await failureOf(call(generateText, args, ctx))).code).toBe(code);
    expect(booked(ctx)).toHaveLength(times);
    if (times > 0) expect(booked(ctx)[0]?.[2]).toContain(code);
  });
});

describe('generate_image', () => {
  it.each(['https://e.org/a.png', 'aGVsbG8gd29ybGQ=', '', '/etc/passwd'])(
    'takes no %j as an image',
    (image) => {
      const { error } = generateImage.input.safeParse({ model: 'm', prompt: 'p', image });
      expect(error?.issues.map(({ path }) => path.join())).toEqual(['image']);
    },
  );

  const args = { model: 'flux', prompt: 'A cat' };

  it('keeps each image in a file, names it, and shows it beside the text', async () => {
    const ctx = setUp();
    const { output, text, extras } = await call(generateImage, args, ctx);
    const [[name, saved] = []] = [...ctx.written];
    expect(Buffer.from(saved as Uint8Array).toString('base64')).toBe('aW1hZ2U=');
    expect(output).toEqual({
      status: 'done',
      model: 'flux',
      count: 1,
      mime_types: ['image/png'],
      seconds: 2.5,
      files: [`/state dir/${name}`],
    });
    expect(extras).toEqual([
      { type: 'image', data: 'aW1hZ2U=', mimeType: 'image/png' },
      expect.objectContaining({ type: 'resource_link', name, mimeType: 'image/png' }),
    ]);
    expect(text).toContain(`/state dir/${name}`);
    expect(booked(ctx)).toEqual([use('generate_image', 'flux', '1')]);
  });

  it('leaves an image that hosts cannot take out of the answer, but not out of reach', async () => {
    const image = (length: number) =>
      setUp({
        image: async () => ({
          images: [{ base64: 'A'.repeat(length), mime_type: 'image/png' }],
          seconds: null,
        }),
      });
    const kinds = async (ctx: FakeContext) =>
      (await call(generateImage, args, ctx)).extras.map((extra) => (extra as { type: string }).type);
    expect(await kinds(image(MAX_INLINE))).toEqual(['image', 'resource_link']);
    expect(await kinds(image(MAX_INLINE + 4))).toEqual(['resource_link']);
    const full = image(MAX_INLINE + 4);
    full.savePaid = () => Promise.reject(new Error('disk full'));
    expect(await kinds(full)).toEqual(['image']);
  });

  it('refuses a mask without an image', async () => {
    const error = await failureOf(call(generateImage, { ...args, mask: 'iVBORw0KGgo=' }, setUp()));
    expect(error).toMatchObject({ code: 'invalid_input' });
  });

  it('passes every setting on', async () => {
    let sent: unknown;
    const ctx = setUp({
      image: async (_io, request) => {
        sent = request;
        return { images: [], seconds: null };
      },
    });
    const size = { width: 512, height: 512, seed: 7 };
    const full = { ...args, ...size, negative_prompt: 'dog', steps: 4, guidance_scale: 3.5 };
    await call(generateImage, full, ctx);
    expect(sent).toEqual(full);
  });
});

describe('embed_text', () => {
  const wide = (size: number): Partial<InferenceOps> => ({
    embed: async (_io, request) => ({
      model: 'e',
      vectors: request.input.map((_, row) => Array.from({ length: size }, (_x, at) => row + at / size)),
      usage,
    }),
  });

  it('keeps the vectors in a file, however few, and shows how each begins', async () => {
    for (const [size, count] of [
      [4, 2],
      [1024, 5],
    ] as const) {
      const ctx = setUp(wide(size));
      const { output, extras, text } = await call(
        embedText,
        { model: 'e', input: Array(count).fill('x') },
        ctx,
      );
      const [[name, saved] = []] = [...ctx.written];
      const whole = JSON.parse(String(saved)) as number[][];
      expect(whole.map((vector) => vector.length)).toEqual(Array(count).fill(size));
      expect(output).toMatchObject({ count, dimensions: size, truncated: true });
      expect(output.file).toBe(`/state dir/${name}`);
      expect(output.vectors).toEqual(whole.slice(0, 3).map((vector) => vector.slice(0, 3)));
      expect(extras).toHaveLength(1);
      expect(text).toContain(`/state dir/${name}`);
      expect(text).toMatch(new RegExp(`\\b${count}\\b.*\\b${size}\\b`));
      expect(text).toContain(whole[1]?.slice(0, 2).join(', '));
      expect(text.length).toBeLessThan(600);
    }
  });

  it('does not fail, and does not pretend, if the file cannot be written', async () => {
    const ctx = setUp(wide(1024));
    ctx.savePaid = () => Promise.reject(new Error('disk full'));
    const { output, extras, text } = await call(embedText, { model: 'e', input: ['x'] }, ctx);
    const lost = { truncated: true, file: null, note: expect.any(String) };
    expect([output, extras]).toMatchObject([lost, [{ type: 'resource' }]]);
    expect(text).toContain(output.note);
  });

  it('takes 1 to 64 texts', () => {
    expect(() => embedText.open({ model: 'e', input: [] })).toThrow();
    expect(() => embedText.open({ model: 'e', input: Array(65).fill('x') })).toThrow();
    expect(embedText.open({ model: 'e', input: Array(64).fill('x') }).input.input).toHaveLength(64);
  });
});
