import { expect } from 'vitest';
import { binary } from '../binary.ts';
import { challengeOf } from '../harness.ts';

/** What every client, whoever wrote it, can do. */
export interface AnyClient {
  names(): Promise<string[]>;
  call(name: string, args: Record<string, unknown>): Promise<Result>;
  close(): Promise<void>;
}

/** The parts of a tool result that every client hands on. */
export interface Result {
  isError?: boolean | undefined;
  structuredContent?: unknown;
  content?: unknown;
}

/** How any client starts the program: the sandbox, a hundred times as fast as real clouds. */
export async function launch() {
  return {
    command: process.execPath,
    args: [await binary(), 'serve', '--sandbox', '--sandbox-speed', '100', '--log-level', 'error'],
  };
}

/** The person behind a client: types what is asked for and remembers the questions. */
export function person() {
  const asked: string[] = [];
  const answer = (message: string) => {
    asked.push(message);
    return { action: 'accept' as const, content: { confirm: challengeOf(message) } };
  };
  return { asked, answer };
}

async function done(client: AnyClient, name: string, args: Record<string, unknown>): Promise<unknown> {
  const { isError, structuredContent, content } = await client.call(name, args);
  expect(isError ?? false, `${name}: ${JSON.stringify(content)}`).toBe(false);
  expect(structuredContent).toMatchObject({ sandbox: true });
  return structuredContent;
}

/** The whole errand: find, rent (a person agrees), wait, log in, delete (a person agrees). */
export async function errand(client: AnyClient, asked: readonly string[]): Promise<void> {
  expect(await client.names()).toEqual(expect.arrayContaining(['list_machines', 'create_pod', 'wait_for']));
  const offers = await done(client, 'list_machines', { gpu: 'RTX 4090', cloud: 'volt', limit: 1 });
  expect(offers).toMatchObject({ machines: [{ ref: 'volt:machine:mach_rtx4090_02' }] });
  const made = await done(client, 'create_pod', {
    machine: 'volt:machine:mach_rtx4090_02',
    name: 'errand',
    template: 'volt:template:tpl_pytorch21',
    ssh_keys: ['volt:ssh_key:key_abc123'],
  });
  expect(made).toMatchObject({ status: 'done', pod: { name: 'errand', state: 'provisioning' } });
  expect(asked).toHaveLength(1);
  const { pod } = made as { pod: { ref: string } };
  const up = await done(client, 'wait_for', { ref: pod.ref });
  expect(up).toMatchObject({ reached: true, state: 'running' });
  const seen = await done(client, 'get_pod', { pod: pod.ref });
  expect(seen).toMatchObject({ pod: { ssh_command: expect.stringMatching(/^ssh root@/) } });
  expect(await done(client, 'delete_pod', { pod: pod.ref })).toMatchObject({ status: 'done' });
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatch(/0\.34/);
  expect(asked[1]).toMatch(/Type "errand" to confirm\.$/);
  const gone = await client.call('get_pod', { pod: pod.ref });
  expect(gone).toMatchObject({ isError: true, structuredContent: { error: { code: 'not_found' } } });
}
