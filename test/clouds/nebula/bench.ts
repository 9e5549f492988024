import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createNebula } from '../../../src/clouds/nebula/index.ts';
import type { Cloud, Io } from '../../../src/core/cloud.ts';
import { issuePermit } from '../../../src/core/permit.ts';
import { type RunningSandbox, serveSandbox } from '../../../src/sandbox/serve.ts';
import { io } from './fake.ts';

/** The real adapter over real HTTP against the simulator, which is fresh before each test and whose clock is stopped. */
export interface Bench {
  cloud: Cloud;
  world: RunningSandbox['world'];
  /** What the stack logged, one line of JSON each. */
  log: string[];
  /** What the simulator was sent: `POST /ssh-keys {"key_name":"a"}`. */
  wire: () => string[];
}

export const KEY = 'ak_sandbox_key';

/** What accompanies a write that the gate let through. */
export const write = (): Io => io({ permit: issuePermit('test').permit });

/** Starts the simulator for a test file; the bench is there once the first test runs. */
export function useSandbox(): () => Bench {
  let bench: Bench | null = null;
  let close = async () => {};
  beforeAll(async () => {
    const sandbox = await serveSandbox({ speed: 0, start: '2026-01-02T03:04:05Z' });
    const { world } = sandbox;
    const log: string[] = [];
    const { apiKey, baseUrl: api, inferenceUrl: inference } = sandbox.nebula;
    const cloud = createNebula(
      apiKey,
      { api, inference },
      {
        log: (event) => log.push(JSON.stringify(event)),
        now: () => world.clock.now(),
        monotonic: () => world.clock.now(),
        sleep: async () => {},
        random: () => 0,
      },
    );
    const wire = () =>
      world.requests.map(({ method, path, query, body }) => {
        const search = new URLSearchParams(query).toString();
        return `${method} ${path}${search === '' ? '' : `?${search}`}${body === '' ? '' : ` ${body}`}`;
      });
    bench = { cloud, world, log, wire };
    close = async () => {
      await cloud.close();
      await sandbox.close();
    };
  });
  beforeEach(() => {
    bench?.world.reset();
    bench?.log.splice(0);
  });
  afterAll(() => close());
  return () => {
    if (bench === null) throw new Error('the sandbox has not started');
    return bench;
  };
}
