import type { HttpLimits } from '../config/http.ts';
import { type Accounts, enter } from './accounts.ts';
import { type Asker, ownerOf } from './exchange.ts';
import { errorResponse, stopping } from './messages.ts';
import type { Session, Sessions } from './sessions.ts';
import { keptSessions, nameOf } from './shared-sessions.ts';

interface RestoreDeps {
  sessions: Sessions;
  accounts: Accounts;
  limits: HttpLimits;
  draining: () => boolean;
  noSession: () => Response;
}

/** `url`: the address of the request. */
type Restore = (url: string, asker: Asker, id: string) => Promise<Session | Response>;

const LATER = { 'retry-after': '5' };

/**
 * Rebuilds a session of another process, or of this one before a restart, by replaying its beginning. 404 if this owner
 * has no such session; 503 while the store is unreachable.
 */
export function createRestore(deps: RestoreDeps): Restore {
  const { sessions, accounts, limits, draining, noSession } = deps;
  /** Requests of one session that arrive together rebuild it once. */
  const underWay = new Map<string, Promise<Session | Response>>();

  const rebuild: Restore = async (url, asker, id) => {
    if (draining()) return stopping(null);
    const account = await enter(accounts, asker, null);
    if (account instanceof Response) return account;
    const { runtime, owner, release } = account;
    const kept = keptSessions(runtime.gate.store, limits);
    const give = <T>(answer: T): T => {
      release();
      return answer;
    };
    const found = await kept.load(id, owner).catch((error: unknown) => {
      release();
      throw error;
    });
    if (found === 'unreachable')
      return give(
        errorResponse({ status: 503, message: 'The session cannot be looked up now.', headers: LATER }),
      );
    if (found === null) return give(noSession());
    const { record, age_ms } = found;
    if (age_ms >= limits.maxAgeMs) {
      await kept.drop(id);
      return give(noSession());
    }
    const place = sessions.reserve(asker.caller);
    if ('words' in place)
      return give(errorResponse({ status: place.status, message: place.words, headers: LATER }));
    try {
      const session = await place.open({
        owner,
        runtime,
        answersJson: record.answersJson,
        initialize: record.initialize,
        restored: { id, record, age_ms },
        onClosed: release,
      });
      if (await session.connection.replay(url, record.initialize, record.watched)) {
        // Subscriptions that another process got while this one rebuilt the session.
        const now = await kept.load(id, owner).catch(() => null);
        const added = now === null || now === 'unreachable' ? [] : now.record.watched;
        for (const uri of added.filter((one) => !record.watched.includes(one)))
          session.connection.receive({ kind: 'watch', session: nameOf(id), uri, on: true });
        return session;
      }
      await session.connection.close();
      return noSession();
    } catch (error) {
      place.giveBack();
      release();
      throw error;
    }
  };

  return (url, asker, id) => {
    const key = `${id} ${ownerOf(asker.caller, asker.pays.name)}`;
    const known = underWay.get(key);
    if (known !== undefined)
      return known.then((answer) => (answer instanceof Response ? answer.clone() : answer));
    const mine = rebuild(url, asker, id).finally(() => underWay.delete(key));
    underWay.set(key, mine);
    return mine;
  };
}
