import { expect } from 'vitest';
import { TOOLS } from '../../src/tools/index.ts';
import { challengeOf } from '../../testbed/challenge.ts';

/** The calls that every client, of any author, can make. */
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

/** Where the program is: a command to start, or an address with the token it asks for (null: none). */
export type Target =
  | { transport: 'stdio'; command: string; args: string[]; home: string }
  | { transport: 'http'; url: string; token: string | null; home: string };

/** How a client connects. `answer` is the person behind it, null if there is none. */
export type Connect = (target: Target, answer: Answer | null) => Promise<AnyClient>;
export type Answer = ReturnType<typeof person>['answer'];

/** The header that a target asks for. */
export const headersOf = ({ token }: { token: string | null }): Record<string, string> =>
  token === null ? {} : { Authorization: `Bearer ${token}` };

/** The person behind a client: types what is asked for (anything else would be a no) and remembers the questions. */
export function person() {
  const asked: string[] = [];
  const answer = (message: string) => {
    asked.push(message);
    return { action: 'accept' as const, content: { confirm: challengeOf(message) } };
  };
  return { asked, answer };
}

const MACHINE = 'volt:machine:mach_rtx4090_02';

/** An order of one RTX 4090 at $0.34 an hour, without a key to log in with. */
export const orderOf = (name: string) => ({
  machine: MACHINE,
  name,
  template: 'volt:template:tpl_pytorch21',
});

async function done(client: AnyClient, name: string, args: Record<string, unknown>): Promise<unknown> {
  const { isError, structuredContent, content } = await client.call(name, args);
  expect(isError ?? false, `${name}: ${JSON.stringify(content)}`).toBe(false);
  expect(structuredContent).toMatchObject({ sandbox: true });
  return structuredContent;
}

/** Every tool, and no other. */
export async function listsTools(client: AnyClient): Promise<void> {
  expect((await client.names()).toSorted()).toEqual(TOOLS.map(({ name }) => name).toSorted());
}

/** A read. */
export async function reads(client: AnyClient): Promise<void> {
  const offers = await done(client, 'list_machines', { gpu: 'RTX 4090', cloud: 'volt', limit: 1 });
  expect(offers).toMatchObject({ machines: [{ ref: MACHINE, price_per_gpu_hour_usd: 0.34 }] });
}

async function isGone(client: AnyClient, pod: string): Promise<void> {
  const { isError, content } = await client.call('get_pod', { pod });
  expect(isError).toBe(true);
  expect(JSON.stringify(content)).toContain('not_found: ');
}

/** The whole errand: rent (a person agrees), wait, log in, delete (a person agrees). */
export async function errand(client: AnyClient, asked: readonly string[], name: string): Promise<void> {
  const order = { ...orderOf(name), ssh_keys: ['volt:ssh_key:key_abc123'] };
  const made = await done(client, 'create_pod', order);
  expect(made).toMatchObject({ status: 'done', pod: { name, state: 'provisioning' } });
  expect(asked.map(challengeOf)).toEqual(['0.34']);
  const { pod } = made as { pod: { ref: string } };
  expect(await done(client, 'wait_for', { ref: pod.ref })).toMatchObject({ reached: true, state: 'running' });
  const seen = await done(client, 'get_pod', { pod: pod.ref });
  expect(seen).toMatchObject({ pod: { ssh_command: expect.stringMatching(/^ssh root@/) } });
  expect(await done(client, 'delete_pod', { pod: pod.ref })).toMatchObject({ status: 'done' });
  expect(asked.map(challengeOf)).toEqual(['0.34', name]);
  await isGone(client, pod.ref);
}

/** A gated call without a person: nothing is done, the plan and a token come back. Returns what the next call needs. */
export async function planOf(
  client: AnyClient,
  tool: string,
  args: Record<string, unknown>,
  usdPerHour: number,
): Promise<{ confirmation_token: string; user_reply: string }> {
  const plan = await done(client, tool, args);
  expect(plan).toMatchObject({
    status: 'confirmation_required',
    plan: { action: tool, cost: { usd_per_hour: usdPerHour } },
    confirmation: { token: expect.any(String), expires_at: expect.any(String), reply: expect.any(String) },
  });
  const { confirmation } = plan as { confirmation: { token: string; reply: string } };
  return { confirmation_token: confirmation.token, user_reply: confirmation.reply };
}

/**
 * Rents and deletes without a person: a plan and a token each time, then what was agreed to. It waits in between, because
 * a token is void once its pod is in another state. `reader` makes the calls that only read.
 */
export async function tokenErrand(client: AnyClient, name: string, reader: AnyClient): Promise<void> {
  const order = orderOf(name);
  const rent = await planOf(client, 'create_pod', order, 0.34);
  const made = await done(client, 'create_pod', { ...order, ...rent });
  expect(made).toMatchObject({ status: 'done', pod: { name } });
  const { pod } = made as { pod: { ref: string } };
  expect(await done(reader, 'wait_for', { ref: pod.ref })).toMatchObject({ reached: true });
  const token = await planOf(client, 'delete_pod', { pod: pod.ref }, 0);
  const gone = await done(client, 'delete_pod', { pod: pod.ref, ...token });
  expect(gone).toMatchObject({ status: 'done' });
  await isGone(reader, pod.ref);
}

/** No pod of this name is there. */
export async function hasNoPod(client: AnyClient, name: string): Promise<void> {
  const { pods } = (await done(client, 'list_pods', {})) as { pods: { name: string }[] };
  expect(pods.map((pod) => pod.name)).not.toContain(name);
}
