import { createHash } from 'node:crypto';
import * as z from 'zod';
import { isCode } from '../core/errors.ts';
import type { Runtime } from '../engine/runtime.ts';

type Store = Runtime['gate']['store'];

/** What a session is rebuilt from, by another process or after a restart. `opened`: wall clock, milliseconds. */
const recordSchema = z.object({
  initialize: z.record(z.string(), z.unknown()),
  answersJson: z.boolean(),
  opened: z.number(),
  /** URIs that the client subscribed to. */
  watched: z.array(z.string()),
});
export type SessionRecord = z.infer<typeof recordSchema>;

/** The name of a session where others can read it: its id alone opens it. */
export const nameOf = (id: string): string => createHash('sha256').update(`session ${id}`).digest('hex');

/** Sessions in the store of an account, each for as long as it is used. */
export interface KeptSessions {
  /** False if the store is away. */
  save(id: string, owner: string, record: SessionRecord): Promise<boolean>;
  /** Null: there is none, or it is another owner's; `away`: the store cannot say. */
  load(id: string, owner: string): Promise<SessionRecord | null | 'away'>;
  touch(id: string): Promise<void>;
  drop(id: string): Promise<void>;
}

/** Keeps sessions for `idleMs` after their last use. */
export function keptSessions({ sessions }: Store, idleMs: number): KeptSessions {
  // One after the other, so that a session that ended is not written again by a save that began before.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(write: () => Promise<T>, otherwise: T): Promise<T> => {
    const done = last.then(write).catch(() => otherwise);
    last = done;
    return done;
  };
  return {
    save: (id, owner, record) => inTurn(() => sessions.put(nameOf(id), owner, record, idleMs), false),
    async load(id, owner) {
      try {
        return recordSchema.safeParse(await sessions.get(nameOf(id), owner)).data ?? null;
      } catch (error) {
        if (!isCode(error, 'upstream_unavailable')) throw error;
        return 'away';
      }
    },
    touch: (id) => inTurn(async () => void (await sessions.touch(nameOf(id))), undefined),
    drop: (id) => inTurn(async () => void (await sessions.drop(nameOf(id))), undefined),
  };
}
