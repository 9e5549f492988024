import { describe, expect, it } from 'vitest';
import { INFERENCE } from '../../../src/clouds/nebula/notes.ts';
import type { Cloud } from '../../../src/core/cloud.ts';
import { type Answer, fakeNebula, io, NOW, ok, refusal } from './fake.ts';

function group(cloud: Cloud) {
  if (!cloud.inference) throw new Error('no inference');
  return cloud.inference;
}

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
const JPEG = '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgIDAwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8M';
const WEBP = 'UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==';
const IMAGE = 'POST /images/generation';
const made = (...pictures: unknown[]) => ({
  body: {
    model: 'm',
    object: 'list',
    data: pictures.map((b64_json, index) => ({ timings: { inference: 13.5 }, index, b64_json })),
    message: 'ok',
    status: 'success',
  },
});

describe('images', () => {
  it('sends the documented body to the platform and knows the types by the bytes', async () => {
    const { cloud, lines, sent } = fakeNebula({ [IMAGE]: made(PNG, JPEG, `data:image/png;base64,${WEBP}`) });
    const result = await group(cloud).image(io(), {
      model: 'm',
      prompt: 'p',
      negative_prompt: 'n',
      steps: 25,
      guidance_scale: 9,
      width: 64,
      height: 64,
      seed: 1,
      image: PNG,
      mask: `data:image/png;base64,${PNG}`,
    });
    expect(result).toEqual({
      images: [
        { base64: PNG, mime_type: 'image/png' },
        { base64: JPEG, mime_type: 'image/jpeg' },
        { base64: WEBP, mime_type: 'image/webp' },
      ],
      seconds: 13.5,
    });
    expect(lines()).toEqual([
      `POST /images/generation {"model":"m","prompt":"p","num_steps":25,"guidance_scale":9,"width":64,"height":64,"negative_prompt":"n","seed":1,"image":"${PNG}","mask":"${PNG}"}`,
    ]);
    expect(sent[0]).toMatchObject({ base: 'api', repeatable: false, timeoutMs: 180_000 });
  });

  it('sends nothing that was not given', async () => {
    const { cloud, lines } = fakeNebula({ [IMAGE]: made(PNG) });
    await group(cloud).image(io(), { model: 'm', prompt: 'p' });
    expect(lines()).toEqual(['POST /images/generation {"model":"m","prompt":"p"}']);
  });

  it('keeps every image, because it was paid for, and counts what is none', async () => {
    const { cloud } = fakeNebula({ [IMAGE]: made(...Array(9).fill(PNG), 'aGVsbG8=') });
    const { images, note } = await group(cloud).image(io(), { model: 'm', prompt: 'p' });
    expect(images).toHaveLength(9);
    expect(note).toBe(INFERENCE.images_missing(1));
  });

  it.each([
    ['no images', made(), 'unexpected_response'],
    ['no image in it', made('aGVsbG8='), 'unexpected_response'],
    ['no data', { body: { status: 'success' } }, 'unexpected_response'],
    ['a refusal', { body: { message: 'Insufficient credits', status: 'failed' } }, 'insufficient_funds'],
  ] as [string, Answer, string][])('a reply with %s is an error', async (_what, answer, code) => {
    const { cloud } = fakeNebula({ [IMAGE]: answer });
    expect((await refusal(group(cloud).image(io(), { model: 'm', prompt: 'p' }))).code).toBe(code);
  });
});

describe('embeddings', () => {
  const row = (index: number | undefined, ...embedding: number[]) => ({
    embedding,
    index,
    object: 'embedding',
  });
  const embed = (data: unknown[]) => {
    const fake = fakeNebula({
      'POST /embeddings': {
        body: {
          model: 'e/real',
          data,
          object: 'list',
          usage: { prompt_tokens: 33, total_tokens: 33, completion_tokens: 0 },
        },
      },
    });
    return { ...fake, result: group(fake.cloud).embed(io(), { model: 'e', input: ['a', 'b'] }) };
  };

  it('orders the vectors by their index', async () => {
    const { result, lines, sent } = embed([row(1, 0.5, 0.25), row(0, -1, 2)]);
    expect(await result).toEqual({
      model: 'e/real',
      vectors: [
        [-1, 2],
        [0.5, 0.25],
      ],
      usage: { prompt_tokens: 33, completion_tokens: 0, total_tokens: 33 },
    });
    expect(lines()).toEqual(['POST /embeddings {"model":"e","input":["a","b"]}']);
    expect(sent[0]).toMatchObject({ base: 'inference', repeatable: false });
  });

  it('takes the order of the rows when they have no index', async () => {
    expect((await embed([row(undefined, 1), row(undefined, 2)]).result).vectors).toEqual([[1], [2]]);
  });

  it.each([
    [[row(0, 1)]],
    [[row(0, 1), row(0, 2)]],
    [[row(0, 1), row(1)]],
    [[row(0, 1), row(1, 2), row(2, 3)]],
    [[{ embedding: ['x'] }, row(1, 2)]],
  ])('refuses %j', async (data) =>
    expect((await refusal(embed(data).result)).code).toBe('unexpected_response'),
  );
});

describe('models', () => {
  it('maps the documented list, the price as it is', async () => {
    const row = {
      model_name: 'a/b-1',
      model_alias: 'B',
      model_type: 'Image',
      context_length: null,
      max_completion_tokens: 10000,
      description: 'A model',
      price: 0.009,
      huggingface_url: 'https://huggingface.co/a/b-1',
    };
    const { cloud, lines } = fakeNebula({
      'GET /serverless/models': ok({ models: [row, { model_name: 'c', context_length: '512' }] }),
    });
    expect(await group(cloud).models(io())).toEqual([
      {
        cloud: 'nebula',
        name: 'a/b-1',
        alias: 'B',
        type: 'Image',
        context_length: null,
        max_completion_tokens: 10000,
        description: 'A model',
        price: 0.009,
        price_unit: 'undocumented',
        huggingface_url: 'https://huggingface.co/a/b-1',
      },
      expect.objectContaining({ name: 'c', context_length: 512, price: null }),
    ]);
    expect(lines()).toEqual(['GET /serverless/models']);
  });

  it('are known for an hour after they were listed', async () => {
    const clock = { now: NOW };
    const answers = { 'GET /serverless/models': ok({ models: [{ model_name: 'a' }] }) };
    const inference = group(fakeNebula(answers, clock).cloud);
    expect(inference.listed()).toEqual([]);
    await inference.models(io());
    const known = (minutes: number) => {
      clock.now = NOW + minutes * 60_000;
      return inference.listed().map(({ name }) => name);
    };
    expect([known(60), known(61)]).toEqual([['a'], []]);
  });

  it('a wrong shape is no empty list', async () => {
    for (const data of [{}, { models: null }, { models: {} }, [{ model_alias: 'x' }]]) {
      const { cloud } = fakeNebula({ 'GET /serverless/models': ok(data) });
      expect((await refusal(group(cloud).models(io()))).code).toBe('unexpected_response');
    }
  });
});
