import { type RunningSandbox, type SandboxOptions, serveSandbox } from '../../src/sandbox/serve.ts';
import { afterEvery } from '../after.ts';

/** A JSON object of unknown content, indexable for assertions. */
export interface Json {
  [key: string]: unknown;
}

/** One answer: status, lower-case headers, parsed JSON (null if the body is not JSON), raw text. */
export interface Answer {
  status: number;
  headers: Headers;
  json: Json;
  text: string;
}

const running = new Set<RunningSandbox>();

afterEvery(async () => {
  await Promise.all([...running].map((sandbox) => sandbox.close()));
  running.clear();
});

/** The time at which every test sandbox starts, with its clock frozen. */
export const START = '2026-03-28T14:00:00Z';

async function ask(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answer> {
  const typed = body === undefined || 'content-type' in headers ? {} : { 'content-type': 'application/json' };
  const raw = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await fetch(url, {
    method,
    headers: { ...typed, ...headers },
    body: raw,
    redirect: 'manual',
  });
  const text = await reply.text();
  let json: Json = {};
  try {
    json = JSON.parse(text);
  } catch {}
  return { status: reply.status, headers: reply.headers, json, text };
}

/** A frozen sandbox and one function per API that asks it with good credentials. It is closed after the test. */
export async function start(options: SandboxOptions = {}) {
  const sandbox = await serveSandbox({ speed: 0, start: START, ...options });
  running.add(sandbox);
  const bearer = { authorization: `Bearer ${sandbox.nebula.apiKey}` };
  type Headers = Record<string, string>;
  return {
    sandbox,
    world: sandbox.world,
    volt: (
      method: string,
      path: string,
      body?: unknown,
      headers: Headers = { 'x-api-key': sandbox.volt.apiKey },
    ) => ask(sandbox.volt.baseUrl + path, method, headers, body),
    nebula: (method: string, path: string, body?: unknown, headers: Headers = bearer) =>
      ask(sandbox.nebula.baseUrl + path, method, headers, body),
    inference: (path: string, body?: unknown, headers: Headers = bearer) =>
      ask(sandbox.nebula.inferenceUrl + path, 'POST', headers, body),
    admin: (method: string, path: string, body?: unknown) =>
      ask(`${sandbox.url}/sandbox${path}`, method, {}, body),
  };
}

/** The documented body of POST /pods for Lium. */
export const LIUM = {
  machine_id: 'mach_rtx4090_01',
  name: 'my-training-pod',
  template_id: 'tpl_pytorch21',
  ssh_key_ids: ['key_abc123'],
  gpu_count: 1,
  volume_size_gb: 50,
};

/** The documented body of POST /fine-tuning for a text job. */
export const TEXT_JOB = {
  name: 'my-llama-finetune',
  taskType: 'text',
  model: 'meta-llama/Llama-3.1-8B-Instruct',
  dsRepo: 'myorg/support-qa',
  hours: 2,
  fieldInstruction: 'instruction',
  fieldOutput: 'output',
};

/** An order of one RTX A6000 that fits. */
export const INSTANCE = {
  instance_name: 'my-instance',
  product_id: 'prd-ca-a6000-1',
  image_id: 'img-ca1-ubuntu2204',
  ssh_key_id: 73,
};

/** A field that must be a string. */
export function str(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`not a string: ${JSON.stringify(value)}`);
  return value;
}

/** A field that must be an object or array. */
export function obj(value: unknown): Json {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`not an object: ${JSON.stringify(value)}`);
  return { ...value };
}
