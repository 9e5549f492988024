import pg from 'pg';
import { StoreUnreachable } from '../errors.ts';

/** Classes and codes of PostgreSQL that say that this server cannot work now, for any request. */
const AWAY = /^(08|28|53|57P|3D000|25006)/;

/** True if the store did not answer or cannot serve; false if it refused this very statement. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof StoreUnreachable ||
  (error instanceof pg.DatabaseError
    ? AWAY.test(error.code ?? '')
    : error instanceof AggregateError ||
      (error instanceof Error && (PG_MESSAGES.test(error.message) || isOfSystem(error))));

/** A fault of the network or the name service, e.g. ECONNREFUSED. */
const isOfSystem = (error: Error): boolean =>
  'code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code);

/** What `pg` says in plain errors of its own about a connection. */
const PG_MESSAGES =
  /connection terminated|connection ended|timeout expired|timeout exceeded|read timeout|not queryable|Client was closed|SASL|SSL/i;

function partsOf(url: string): { host: string; password: string } {
  try {
    const { hostname, port, pathname, searchParams, password } = new URL(url);
    const at = searchParams.get('host') ?? hostname;
    return {
      host: `${at}${port === '' ? '' : `:${port}`}${pathname}`,
      password: decodeURIComponent(password),
    };
  } catch {
    return { host: '', password: '' };
  }
}

/** Host, port and database of an address; no user and no password. */
export const nameOf = (url: string): string => partsOf(url).host;

/** What went wrong with the store at an address, without its password. */
export function messageFor(error: unknown, url: string): string {
  const { password } = partsOf(url);
  const inner = error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error);
  const safe = [password, encodeURIComponent(password)]
    .filter((word) => word !== '')
    .reduce((text, word) => text.replaceAll(word, '[hidden]'), inner);
  return `The store ${nameOf(url)} cannot be used: ${safe}.`;
}

/** The error as callers see it: of a class of its own, and without the password, if the store is away. */
export const toStoreError = (error: unknown, url: string): unknown =>
  error instanceof StoreUnreachable || !isUnreachable(error)
    ? error
    : new StoreUnreachable(messageFor(error, url));

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
