import type { ServerResponse } from 'node:http';
import type { HttpLimits } from '../config/http.ts';

/** Why there is no place: this caller has its max, or all are taken. */
export type NoPlace = 'caller' | 'all';

/** Places for large requests, which hold images, so that memory stays bounded. */
interface LargeBodies {
  /** Takes a place until the answer has ended or the client is gone. */
  take(caller: string, answer: ServerResponse): 'taken' | NoPlace;
}

/** The places of a server: max numbers in all and for one caller. */
export function createLargeBodies({
  largeBodies: max,
  largeBodiesPerCaller: maxOfOne,
}: HttpLimits): LargeBodies {
  const holders: string[] = [];
  return {
    take(caller, answer) {
      if (holders.filter((one) => one === caller).length >= maxOfOne) return 'caller';
      if (holders.length >= max) return 'all';
      if (answer.closed) return 'taken';
      holders.push(caller);
      answer.once('close', () => holders.splice(holders.indexOf(caller), 1));
      return 'taken';
    },
  };
}
