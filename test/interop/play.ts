import { afterAll, describe, expect, it } from 'vitest';
import { ON_CI } from '../on-ci.ts';
import {
  type Answer,
  type AnyClient,
  type Connect,
  errand,
  hasNoPod,
  listsTools,
  orderOf,
  person,
  planOf,
  reads,
  type Target,
  tokenErrand,
} from './journey.ts';
import { type Instead, MATRIX, type Row, STEPS, type Step, type Transport } from './matrix.ts';

const nextSdk =
  (revision: 'pin' | 'auto' | 'legacy'): Connect =>
  async (target, answer) =>
    (await import('./adapters/next-sdk.ts')).nextSdk(revision)(target, answer);

/** How each client of the matrix connects. Its package is loaded when it does. */
export const CONNECT: Readonly<Record<Row['id'], Connect>> = {
  sdk: async (...at) => (await import('./adapters/sdk.ts')).sdk(...at),
  next_sdk_pin: nextSdk('pin'),
  next_sdk_auto: nextSdk('auto'),
  next_sdk_legacy: nextSdk('legacy'),
  ai_sdk: async (...at) => (await import('./adapters/ai-sdk.ts')).aiSdk(...at),
  langchain: async (...at) => (await import('./adapters/langchain.ts')).langchain(...at),
  mcp_client: async (...at) => (await import('./adapters/mcp-client.ts')).mcpClient(...at),
  inspector: async (...at) => (await import('./adapters/inspector.ts')).inspector(...at),
  mcp_remote: async (...at) => (await import('./adapters/mcp-remote.ts')).mcpRemote(...at),
};

const ELSEWHERE: Readonly<Record<Transport, Row['id']>> = { stdio: 'next_sdk_pin', http: 'sdk' };

/** The clients that take part: on CI all, elsewhere the official one of each revision, each over one transport. */
export const playedOver = (transport: Transport): Row[] =>
  MATRIX.filter(({ id }) => ON_CI || id === ELSEWHERE[transport]);

/** The client that checks whether a pod was rented; null if the simulator of a call is gone with its process. */
export type Witness = (client: AnyClient, row: Row) => AnyClient | null;

interface Scene {
  /** The client, with the person behind it if the step has one. */
  connect: () => Promise<AnyClient>;
  asked: readonly string[];
  /** The name of a pod that no other client uses. */
  pod: string;
  /** A plan and a token, asked for once for all steps that need no more. */
  plan: (client: AnyClient) => ReturnType<typeof planOf>;
  /** The name of the pod that it would order. */
  planned: string;
  witness: (client: AnyClient) => AnyClient | null;
  /** The client is a process of its own for each call. */
  oneCall: boolean;
}

const DID: Readonly<Record<Step, (scene: Scene) => Promise<void>>> = {
  list: async ({ connect }) => listsTools(await connect()),
  read: async ({ connect }) => reads(await connect()),
  person: async ({ connect, asked, pod }) => errand(await connect(), asked, pod),
  async token({ connect, pod, oneCall, witness }) {
    const client = await connect();
    // A client that starts a process for each call takes seconds for one: another client checks.
    await tokenErrand(client, pod, (oneCall ? witness(client) : null) ?? client);
  },
};

async function rentedNothing({ witness, planned }: Scene, client: AnyClient): Promise<void> {
  const reader = witness(client);
  if (reader !== null) await hasNoPod(reader, planned);
}

const GETS: Readonly<Record<Instead, (scene: Scene) => Promise<void>>> = {
  async plan_and_token(scene) {
    const client = await scene.connect();
    await scene.plan(client);
    await rentedNothing(scene, client);
  },
  async token_refused(scene) {
    const client = await scene.connect();
    const token = await scene.plan(client);
    const refused = await client.call('create_pod', { ...orderOf(scene.planned), ...token });
    const error = { code: 'confirmation_invalid' };
    expect(refused).toMatchObject({ isError: true, structuredContent: { error } });
    await rentedNothing(scene, client);
  },
  async no_connection({ connect }) {
    await expect(connect()).rejects.toThrow();
  },
};

/**
 * Drives the clients of the matrix on one transport, cell by cell, on two connections: with a person behind it, if it
 * can ask one, and without.
 */
export function play(transport: Transport, targetFor: (row: Row) => Promise<Target>, witness: Witness): void {
  describe.each(playedOver(transport))(`$name over ${transport}`, (row) => {
    const { asked, answer } = person();
    const open = new Map<Answer | null, Promise<AnyClient>>();
    const connect = (behind: Answer | null) => {
      const client = open.get(behind) ?? targetFor(row).then((target) => CONNECT[row.id](target, behind));
      open.set(behind, client);
      return client;
    };
    afterAll(async () => {
      const clients = await Promise.allSettled(open.values());
      await Promise.all(clients.map((one) => (one.status === 'fulfilled' ? one.value.close() : null)));
    });

    const planned = `${row.id}-planned`;
    let plan: ReturnType<typeof planOf> | null = null;
    const planOnce = (client: AnyClient) => {
      plan ??= planOf(client, 'create_pod', orderOf(planned), 0.34);
      return plan;
    };

    it.each(STEPS)('%s', { timeout: 60_000 }, async (step) => {
      const cell = row[transport][step];
      const isAsked = step === 'person' && cell === 'did';
      const prove = cell === 'did' ? DID[step] : GETS[cell.gets];
      await prove({
        connect: () => connect(isAsked ? answer : null),
        asked,
        pod: `${row.id}-${step}`,
        plan: planOnce,
        planned,
        witness: (client) => witness(client, row),
        oneCall: row.oneCall === true,
      });
    });
  });
}
