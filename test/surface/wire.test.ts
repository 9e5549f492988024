import { beforeEach, describe, expect, it } from 'vitest';
import type { LoggedRequest } from '../../src/sandbox/request-log.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { agrees, type Harness, startHarness } from '../harness.ts';
import { ALTERNATIVES, endpointOf } from './endpoints.ts';
import { ACCOUNT_ROWS } from './wire/account.ts';
import { INFERENCE_ROWS } from './wire/inference.ts';
import { JOB_ROWS } from './wire/jobs.ts';
import { POD_ROWS } from './wire/pods.ts';
import { SECRETS, type Seen } from './wire/row.ts';

const ROWS = [...POD_ROWS, ...JOB_ROWS, ...ACCOUNT_ROWS, ...INFERENCE_ROWS];

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({
    elicit: agrees,
    env: SECRETS,
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

const toolOf = (name: string) => TOOLS.find((tool) => tool.name === name);

describe('the wire', () => {
  it('is pinned for every tool', () => {
    const tried = new Set(ROWS.map(({ tool }) => tool));
    expect([...tried].filter((name) => toolOf(name) === undefined)).toEqual([]);
    expect(TOOLS.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([]);
  });

  it.each(ROWS.map((row) => [`${row.tool}, ${row.title}`, row] as const))('%s', async (_title, row) => {
    const id = (await row.prepare?.(harness)) ?? '';
    harness.world.requests.clear();
    const { isError, text } = await harness.call(row.tool, row.args(id));
    expect(isError, text).toBe(row.refused === true);

    const requests = [...harness.world.requests];
    const expected = row.sends(id);
    const tool = toolOf(row.tool);
    const reads = tool?.effect === 'read';
    if (reads) expect(sorted(requests.map(seen))).toEqual(sorted(expected));
    else expect(harness.writes().map(seen)).toEqual(expected);

    const declared: readonly string[] = tool?.endpoints ?? [];
    const undeclared = (reads ? requests : harness.writes()).filter((request) => {
      const name = endpointOf(request);
      return name === null || ALTERNATIVES.includes(name) || !declared.includes(name);
    });
    expect(undeclared.map(ask), 'requests that the tool does not declare').toEqual([]);
  });
});

describe('every request', () => {
  const some = async () => {
    await harness.call('list_pods');
    await harness.call('list_models');
    await harness.call('create_pod', POD_ROWS.find(({ tool }) => tool === 'create_pod')?.args('') ?? {});
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

  it('says who asks, and what it sends only where it sends something', async () => {
    const requests = await some();
    expect(requests.some(({ body }) => body !== '')).toBe(true);
    for (const { headers, body } of requests) {
      expect(headers['user-agent']).toBe(`gpu-cloud-mcp/${harness.runtime.version}`);
      expect(headers['content-type']).toBe(body === '' ? undefined : 'application/json');
      expect(headers.accept).toContain('application/json');
    }
  });
});
