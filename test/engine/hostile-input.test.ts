import { describe, expect, it } from 'vitest';
import { jsonLine } from '../../src/core/text.ts';
import { handlersOf } from '../../src/engine/handlers.ts';
import { startHarness } from '../harness.ts';

const MIB = 1024 * 1024;
/** The limit for a request of 1 MiB, the maximum over HTTP; in quadratic time it would take minutes. */
const SOON_MS = 20_000;

const many = (count: number, make: (n: number) => string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_none, n) => [make(n), 'x']));

const CALLS: readonly [string, string, Record<string, unknown>][] = [
  ['a name of 1 MiB in the form of a token', 'eyJ-'.repeat(MIB / 4), {}],
  ['a name of 1 MiB of underscores', '_'.repeat(MIB), {}],
  ['an argument of 1 MiB', 'list_pods', { ['a'.repeat(MIB)]: 1 }],
  ['an argument of 1 MiB in camel case', 'list_pods', { ['aB'.repeat(MIB / 2)]: 1 }],
  ['ten thousand strange arguments', 'create_pod', many(10_000, (n) => `max_usd_per_houx${n}`)],
  ['a list of a hundred thousand wrong items', 'create_pod', { name: 'x', ssh_keys: Array(100_000).fill(7) }],
  ['a ref of 1 MiB', 'get_pod', { pod: 'volt:pod:'.repeat(MIB / 9) }],
  ['a filter of 1 MiB', 'list_machines', { gpu: 'rtx '.repeat(MIB / 4) }],
  ['a number of 1 MiB', 'list_machines', { max_usd_per_gpu_hour: '1'.repeat(MIB) }],
  ['blanks of 1 MiB for a number', 'list_machines', { max_usd_per_gpu_hour: `${' '.repeat(MIB)}x` }],
  ['brackets of 1 MiB for a list', 'create_pod', { ssh_keys: '['.repeat(MIB) }],
  ['a status of 1 MiB', 'list_jobs', { status: 'x'.repeat(MIB) }],
  ['a token of 1 MiB', 'delete_pod', { pod: 'volt:pod:x', confirmation_token: 'eyJ-'.repeat(MIB / 4) }],
  ['a key of 1 MiB', 'add_ssh_key', { cloud: 'volt', name: 'x', public_key: `ssh-rsa ${'A'.repeat(MIB)}` }],
];

describe('hostile input of a caller who may only read', () => {
  it.each(CALLS)('%s is answered soon, and shortly', async (_what, name, args) => {
    const { call } = await startHarness();
    const started = performance.now();
    const answer = await call(name, args);
    expect(performance.now() - started).toBeLessThan(SOON_MS);
    expect(answer.isError).toBe(true);
    expect(answer.text.length).toBeLessThan(20_000);
  });

  it.each([
    ['a prompt', 'prompts'],
    ['a completion', 'completion'],
  ])('%s of a name of 1 MiB is refused soon, and its name is not repeated whole', async (_what, where) => {
    const { runtime } = await startHarness();
    const handlers = handlersOf(runtime);
    const name = 'volt_'.repeat(MIB / 5);
    const argument = { name, value: name };
    const refused = async () =>
      where === 'prompts'
        ? handlers.getPrompt(name, {})
        : handlers.complete({ ref: { type: 'ref/prompt', name }, argument, given: {} });
    const started = performance.now();
    const error = await refused().catch((thrown: Error) => thrown.message);
    expect(performance.now() - started).toBeLessThan(SOON_MS);
    expect(String(error).length).toBeLessThan(200);
  });
});

it('made-up input of a caller is repeated without secrets and without control sequences', async () => {
  const { runtime, sandbox, client } = await startHarness();
  const name = `x\u001b]0;t\u0007\u009b31m\u202e${sandbox.volt.apiKey}`;
  const errors = await Promise.all(
    [
      client.getPrompt({ name }),
      client.getPrompt({ name: 'review_spend', arguments: { [name]: 'x' } }),
      client.complete({ ref: { type: 'ref/prompt', name }, argument: { name: 'x', value: 'x' } }),
    ].map((asked) => asked.then(String, (error: Error) => error.message)),
  );
  for (const text of errors) {
    expect(text).not.toContain(sandbox.volt.apiKey);
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  }
  expect(runtime.redact(name)).not.toContain(sandbox.volt.apiKey);
});

it('JSON for a log or a terminal holds no raw control character, and loses none', () => {
  const value = { tool: 'a\u001b[31m\u009b31m\u202eb\u0085\u007f' };
  const text = jsonLine(value);
  expect(text).toMatch(/^[ -~]+$/);
  expect(JSON.parse(text)).toEqual(value);
});
