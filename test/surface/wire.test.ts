import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sent } from '../../examples/example.ts';
import type { LoggedRequest } from '../../src/sandbox/requests.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { CASES } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { SECRETS } from '../../testbed/testbed.ts';
import { agrees, type Called, type Harness, startHarness, VOLT_POD } from '../harness.ts';
import { type Check, closedSchemas } from './closed.ts';
import { endpointOf } from './endpoints.ts';

/** One request as the cloud saw it: `METHOD cloud path[?query]`, and the raw body if it has one. */
type Seen = readonly [request: string, body?: string];

let schemas: ReadonlyMap<string, Check>;
beforeAll(async () => {
  schemas = await closedSchemas();
});

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({
    elicit: agrees,
    env: SECRETS,
    state: 'memory',
    config: { GPU_MCP_MAX_JOB_USD: '1000' },
  });
});

const ask = ({ cloud, method, path, query }: LoggedRequest): string => {
  const search = new URLSearchParams(query).toString();
  return `${method} ${cloud} ${path}${search === '' ? '' : `?${search}`}`;
};
const seen = (request: LoggedRequest): Seen =>
  request.body === '' ? [ask(request)] : [ask(request), request.body];
const sorted = (rows: readonly Seen[]): readonly Seen[] =>
  rows.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

/** A request as an example spells it, with its body as text. */
const spelled = (sent: Sent): Seen =>
  typeof sent === 'string' ? [sent] : [sent[0], JSON.stringify(sent[1])];

/** A result passes the listed output schema of its tool, with no field that the schema does not name, and has words. */
function expectSound(
  { tool, args, label }: (typeof CASES)[number],
  { structured, text }: Pick<Called, 'structured' | 'text'>,
): void {
  const verdict = schemas.get(tool.name)?.(structured);
  expect(verdict?.errorMessage, label).toBeUndefined();
  expect(verdict?.valid).toBe(true);
  expect(text.length).toBeGreaterThan(3);
  expect(() => JSON.parse(text), `${tool.name} answers with words, not with JSON`).toThrow(SyntaxError);
  expect(structured.sandbox, 'these clouds are configured, not the built-in ones').toBeUndefined();
  if (tool.gated) expect(structured.status).toBe(args.dry_run === true ? 'dry_run' : 'done');
  if (tool.gated && tool.effect !== 'use') expect(structured.message).toEqual(expect.any(String));
}

describe('the wire and the result', () => {
  it.each(CASES.map((example) => [example.label, example] as const))('%s', async (_label, example) => {
    const { tool, sends, ends } = example;
    const { args, fill } = prepare(harness.world, example);
    const { structured, text } = await harness.call(tool.name, args);
    expect(structured.error?.code, text).toBe(ends);

    const requests = [...harness.world.requests];
    const expected = fill(sends).map(spelled);
    const reads = tool.effect === 'read';
    if (reads) expect(sorted(requests.map(seen))).toEqual(sorted(expected));
    else expect(harness.writes().map(seen)).toEqual(expected);

    const invented = requests.filter((request) => endpointOf(request) === null);
    expect(invented.map(ask), 'requests that no document has').toEqual([]);
    if (ends === undefined) expectSound(example, { structured, text });
  });

  it('is tried for every tool', () => {
    const tried = CASES.filter(({ ends }) => ends === undefined).map(({ tool }) => tool.name);
    expect(new Set(tried)).toEqual(new Set(TOOLS.map(({ name }) => name)));
  });
});

describe('every request', () => {
  const some = async () => {
    await harness.call('list_pods');
    await harness.call('list_models');
    await harness.call('create_pod', VOLT_POD);
    await harness.call('embed_text', { model: 'BAAI/bge-large-en-v1.5', input: ['one'] });
    return [...harness.world.requests];
  };

  it('carries the key of its cloud in the documented header, and no other credential', async () => {
    const { volt, nebula } = harness.world.keys;
    const requests = await some();
    expect(new Set(requests.map(({ cloud }) => cloud))).toEqual(new Set(['volt', 'nebula', 'inference']));
    for (const { cloud, headers } of requests) {
      const { 'x-api-key': key, authorization, cookie } = headers;
      expect({ cloud, key, authorization, cookie }).toEqual(
        cloud === 'volt'
          ? { cloud, key: volt, authorization: undefined, cookie: undefined }
          : { cloud, key: undefined, authorization: `Bearer ${nebula}`, cookie: undefined },
      );
    }
  });

  it('says who asks, and what it sends only if it sends something', async () => {
    const requests = await some();
    expect(requests.some(({ body }) => body !== '')).toBe(true);
    for (const { headers, body } of requests) {
      expect(headers['user-agent']).toBe(`gpu-cloud-mcp/${harness.runtime.version}`);
      expect(headers['content-type']).toBe(body === '' ? undefined : 'application/json');
      expect(headers.accept).toContain('application/json');
    }
  });
});
