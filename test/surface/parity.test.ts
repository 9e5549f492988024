import { describe, expect, it } from 'vitest';
import * as nebula from '../../src/clouds/nebula/endpoints.ts';
import { ENDPOINTS } from '../../src/clouds/volt/endpoints.ts';
import { TOOLS } from '../../src/tools/index.ts';
import {
  ALTERNATIVES,
  DOCUMENTED,
  endpointOf,
  endpointsOf,
  NEBULA_ENDPOINTS,
  NOT_REACHED,
  VOLT_ENDPOINTS,
} from './endpoints.ts';

const documented: readonly string[] = DOCUMENTED;
const excused: readonly string[] = Object.keys(NOT_REACHED);
const reaching = TOOLS.map(({ name, effect }) => ({ name, effect, endpoints: endpointsOf(name) }));
const reached: ReadonlySet<string> = new Set(reaching.flatMap(({ endpoints }) => endpoints));

interface Declared {
  method: string;
  path: string;
  repeatable: boolean;
}
const isDeclared = (value: unknown): value is Declared =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value;
const declaredIn = (value: unknown): Declared[] => {
  if (isDeclared(value)) return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(declaredIn) : [];
};
const named = (cloud: string, { method, path }: Declared) => `${method} ${cloud} ${path}`;
const clientEndpoints = [
  ...declaredIn(ENDPOINTS).map((endpoint) => ({ ...endpoint, name: named('volt', endpoint) })),
  ...declaredIn({ ...nebula }).map((endpoint) => ({ ...endpoint, name: named('nebula', endpoint) })),
];

describe('parity with the documents', () => {
  it('the data are 27 and 26 different endpoints', () => {
    expect(new Set(VOLT_ENDPOINTS).size).toBe(27);
    expect(new Set(NEBULA_ENDPOINTS).size).toBe(26);
  });

  it.each(documented.filter((name) => !excused.includes(name)))('a tool reaches %s', (name) => {
    expect([...reached]).toContain(name);
  });

  it('the examples of every tool reach at least one', () => {
    expect(reaching.filter(({ endpoints }) => endpoints.length === 0)).toEqual([]);
  });

  it('every excuse is for a documented endpoint, still needed, and has a reason', () => {
    expect(excused.filter((name) => !documented.includes(name))).toEqual([]);
    expect(excused.filter((name) => reached.has(name))).toEqual([]);
    expect(Object.values(NOT_REACHED).filter((reason) => (reason ?? '').length < 20)).toEqual([]);
  });

  it('a tool that only reads sends no write, and every other one sends some', () => {
    const acts = /^(?!GET )|\/(?:start|stop|reboot)$/;
    const wrong = reaching
      .filter(({ effect }) => effect === 'read')
      .flatMap(({ name, endpoints }) =>
        endpoints.filter((endpoint) => acts.test(endpoint)).map((endpoint) => `${name}: ${endpoint}`),
      );
    expect(wrong).toEqual([]);
    const idle = reaching.filter(
      ({ effect, endpoints }) => effect !== 'read' && !endpoints.some((endpoint) => acts.test(endpoint)),
    );
    expect(idle.map(({ name }) => name)).toEqual([]);
  });
});

describe('parity of the client', () => {
  const names = clientEndpoints.map(({ name }) => name);

  it('declares every documented endpoint that a tool reaches', () => {
    const missing = documented.filter((name) => !excused.includes(name) && !names.includes(name));
    expect(missing).toEqual([]);
  });

  it('declares none beside the documents but the alternatives of one list', () => {
    const known = [...documented, ...ALTERNATIVES];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect(ALTERNATIVES.filter((name) => !names.includes(name))).toEqual([]);
  });

  it('repeats reads only, and never an action that the cloud performs on GET', () => {
    const repeatable = clientEndpoints.filter((endpoint) => endpoint.repeatable).map(({ name }) => name);
    expect(repeatable.filter((name) => !name.startsWith('GET '))).toEqual([]);
    expect(repeatable.filter((name) => /\/(?:start|stop|reboot)$/.test(name))).toEqual([]);
    const careful = names.filter((name) => name.startsWith('GET ') && !repeatable.includes(name));
    expect(careful.toSorted()).toEqual([
      'GET nebula /computing/instance/:id/reboot',
      'GET nebula /computing/instance/:id/start',
      'GET nebula /computing/instance/:id/stop',
    ]);
  });
});

describe('the matcher itself', () => {
  it.each([
    ['volt', 'GET', '/pods/a%20b', 'GET volt /pods/:id'],
    ['nebula', 'GET', '/computing/instance/7/stop', 'GET nebula /computing/instance/:id/stop'],
    ['inference', 'POST', '/embeddings', 'POST nebula /embeddings'],
    ['volt', 'DELETE', '/api-keys', 'DELETE volt /api-keys'],
    ['volt', 'DELETE', '/api-keys/7', null],
    ['volt', 'GET', '/pods/a/b', null],
  ])('%s %s %s is %s', (cloud, method, path, expected) => {
    expect(endpointOf({ cloud, method, path })).toBe(expected);
  });
});
