import { createHash } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import * as z from 'zod';
import { IMAGE } from '../constants.ts';
import { endpoint, planted } from '../endpoint.ts';
import { absent, failed, success } from './reply.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A real 8-bit RGB PNG: a vertical gradient from black to the given colour. Width and height in pixels. */
function gradientPng(width: number, height: number, colour: readonly [number, number, number]): Buffer {
  const stride = 1 + width * 3;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const shade = Buffer.from(colour.map((part) => Math.round((part * y) / height)));
    pixels.fill(shade, y * stride + 1, (y + 1) * stride);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(pixels, { level: 1 });
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const pixels = z.int().min(IMAGE.min).max(IMAGE.max);
const picture = z.base64().min(4);

const body = z.strictObject({
  model: z.string().min(1),
  prompt: z.string().min(1),
  num_steps: z.int().min(1).max(IMAGE.max_steps).default(IMAGE.num_steps),
  guidance_scale: z.number().min(0).default(IMAGE.guidance_scale),
  width: pixels.default(IMAGE.width),
  height: pixels.default(IMAGE.height),
  negative_prompt: z.string().nullable().optional(),
  seed: z.int().optional(),
  image: picture.optional(),
  mask: picture.optional(),
});

/** Models and images (Nebula Block API Reference, Inference > List Models, Generate Images): an image is one PNG whose colour follows from prompt and seed. */
export const serverlessEndpoints = [
  endpoint({
    method: 'GET',
    path: '/serverless/models',
    run({ world }) {
      const models = world.nebula.models.map((model) => ({
        ...model,
        description: planted(world, model.description),
      }));
      return success('Successfully retrieved models', { models });
    },
  }),
  endpoint({
    method: 'POST',
    path: '/images/generation',
    body,
    run({ world, body: { model: name, prompt, seed, width, height, num_steps } }) {
      const model = world.nebula.models.find((row) => row.model_name === name && row.model_type === 'image');
      if (model === undefined) throw absent(world, 'Model');
      if (world.ledger.balance('nebula') < model.price) throw failed('Insufficient credits');
      const hash = createHash('sha256')
        .update(`${prompt} ${seed ?? 0}`)
        .digest();
      const png = gradientPng(width, height, [hash[0] ?? 0, hash[1] ?? 0, hash[2] ?? 0]);
      const note = `image ${width}x${height}`;
      const line = { cloud: 'nebula', kind: 'debit', usd: model.price, target: name, note } as const;
      world.ledger.post(line, world.clock.now());
      const data = [{ timings: { inference: num_steps / 20 }, index: 0, b64_json: png.toString('base64') }];
      const message = 'Image generated successfully';
      return { status: 200, json: { model: name, object: 'list', data, message, status: 'success' } };
    },
  }),
];
