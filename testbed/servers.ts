import { runMaintenance } from '../src/engine/maintenance.ts';
import type { CallResult } from '../src/engine/result.ts';
import type { SharedStore } from './shared-store.ts';
import { openTestbed, type Testbed, type TestbedOptions } from './testbed.ts';

/** One server, or several on one sandbox and one store, behind one client. */
export interface Servers extends Pick<Testbed, 'world' | 'call' | 'timeOut' | 'close'> {
  /** One at least. */
  all: readonly [Testbed, ...Testbed[]];
  /** Repeats the last call that a person agreed to, on another server than it was made; null if there is none. */
  repeat(): Promise<CallResult | null>;
  /** A round of maintenance on each of them, at the same time. */
  maintain(): Promise<void>;
}

/** How several servers are called. */
export interface SharedOptions extends TestbedOptions {
  /** The reply of the person when asked for `reply`; default: `reply`. */
  replies?: (reply: string) => string;
}

/** A plan that keeps changing is not agreed to for ever. */
const MAX_PLANS = 3;

const consentIn = ({ structuredContent: { confirmation } }: CallResult) =>
  (confirmation ?? null) as { token: string; reply: string } | null;

/**
 * Opens one server with a person behind its client, or, with a shared store, two whose client cannot ask: each plan comes
 * from one, and the token of it goes to the other.
 */
export async function openServers(options: SharedOptions, store: SharedStore | null): Promise<Servers> {
  const { replies = (reply) => reply } = options;
  if (store === null) return alone(await openTestbed(options));
  const account = store.account();
  const open = (place: number, beside?: Testbed) =>
    openTestbed({
      ...options,
      person: null,
      config: { ...options.config, ...account.settings(place) },
      ...(beside !== undefined && { beside }),
    });
  const first = await open(0);
  account.follow(first.world.clock);
  const second = await open(1, first);
  const all = [first, second] as const;
  let turn = 0;
  let agreed: { name: string; args: Record<string, unknown>; to: Testbed } | null = null;
  return {
    all: [first, second],
    world: first.world,
    async call(name, args = {}) {
      agreed = null;
      turn += 1;
      let to = turn % 2 === 0 ? first : second;
      let result = await to.call(name, args);
      let consent = consentIn(result);
      for (let plans = 0; consent !== null && plans < MAX_PLANS; plans += 1) {
        const { token, reply } = consent;
        const given = { ...args, confirmation_token: token, user_reply: replies(reply) };
        const from = to;
        to = from === first ? second : first;
        agreed = { name, args: given, to: from };
        result = await to.call(name, given);
        consent = consentIn(result);
      }
      return result;
    },
    repeat: async () => (agreed === null ? null : agreed.to.call(agreed.name, agreed.args)),
    timeOut: () => {
      for (const { timeOut } of all) timeOut();
    },
    async maintain() {
      await Promise.all(all.map(({ runtime }) => runMaintenance(runtime)));
    },
    async close() {
      await second.close();
      await first.close();
    },
  };
}

const alone = (one: Testbed): Servers => ({
  all: [one],
  world: one.world,
  call: one.call,
  timeOut: one.timeOut,
  close: one.close,
  repeat: async () => null,
  maintain: () => runMaintenance(one.runtime),
});
