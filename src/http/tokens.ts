import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import type { Log } from '../core/live.ts';
import type { Access } from './exchange.ts';

/** A bearer token of the operator, by its hash. */
interface NamedToken {
  name: string;
  hash: Buffer;
  access: Access;
}

/** The valid tokens. */
export interface Tokens {
  find(token: string): NamedToken | null;
  /** True if a token that was found earlier is still valid, by its hash in hex. */
  has(proof: string): boolean;
}

/** A token file that cannot be used; the message is for the operator. */
export class TokenFileError extends Error {}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const MAX_TOKEN = 8192;

/** The bearer token in an Authorization header; undefined if there is none. */
export const bearerIn = (authorization = ''): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization.slice(0, MAX_TOKEN))?.[1];

/** True if a token is the expected one; takes the same time for all tokens. */
export const isToken = (given: string, expected: string): boolean =>
  timingSafeEqual(sha256(given), sha256(expected));
const LINE = /^([\w.-]{1,64}):([\x21-\x7e]+?)(?::(read|write|unattended))?$/;

const ACCESS: readonly Access[] = ['read', 'write', 'unattended'];

/** Reads `name:token` lines. The suffix `:read` allows only the read-only tools; `:unattended` marks the token for unattended runs. @throws TokenFileError with the line */
export function parseTokens(text: string): NamedToken[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const [, name, token, access] = LINE.exec(line) ?? [];
    if (name === undefined || token === undefined) {
      throw new TokenFileError(
        `line ${index + 1} is not name:token, name:token:read, name:token:write or name:token:unattended`,
      );
    }
    return [{ name, hash: sha256(token), access: ACCESS.find((known) => known === access) ?? 'write' }];
  });
}

interface TokenOptions {
  token: string | null;
  tokenFile: string | null;
  /** Interval between two checks of the file, milliseconds. */
  everyMs: number;
  monotonic: () => number;
  log: Log;
}

/** The log line of a token file that cannot be read or parsed any more. */
export const FILE_UNUSABLE = 'token file unusable; earlier tokens stay';

/**
 * The tokens of setting and file. A changed file is used once two checks in a row find the same content; while it cannot be
 * read or parsed, the earlier tokens stay valid and the log says so. @throws TokenFileError if the file cannot be used at
 * the start
 */
export function createTokens({ token, tokenFile, everyMs, monotonic, log }: TokenOptions): Tokens {
  const fixed: NamedToken[] =
    token === null ? [] : [{ name: 'default', hash: sha256(token), access: 'write' }];
  let listed: NamedToken[] = [];
  let seen = '';
  let changed = '';
  let lookedAt = Number.NEGATIVE_INFINITY;

  const versionOf = (path: string): string => {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  };
  const read = (path: string, version: string): void => {
    seen = version;
    listed = parseTokens(readFileSync(path, 'utf8'));
    const unattended = listed.filter(({ access }) => access === 'unattended').length;
    log({ level: 'info', msg: 'token file read', tokens: listed.length, unattended });
  };
  // A program that writes a file in place empties it first, so only a content that was read twice counts.
  const refresh = (path: string): void => {
    const version = versionOf(path);
    if (version !== seen && version === changed) read(path, version);
    changed = version;
  };
  const checkFile = (): void => {
    if (tokenFile === null || monotonic() - lookedAt < everyMs) return;
    lookedAt = monotonic();
    try {
      refresh(tokenFile);
    } catch (error) {
      log({ level: 'error', msg: FILE_UNUSABLE, error: String(error) });
    }
  };
  if (tokenFile !== null) {
    try {
      read(tokenFile, versionOf(tokenFile));
    } catch (error) {
      const why = error instanceof TokenFileError ? error.message : 'it cannot be read';
      // The path is not repeated: it may be a token that was put into the wrong variable.
      throw new TokenFileError(
        `GPU_MCP_HTTP_TOKEN_FILE: the file that it names cannot be used: ${why}. Give the path of a file with one name:token a line.`,
      );
    }
  }
  const search = (hash: Buffer): NamedToken | null => {
    checkFile();
    let found: NamedToken | null = null;
    for (const known of [...fixed, ...listed]) if (timingSafeEqual(known.hash, hash)) found ??= known;
    return found;
  };
  return {
    find: (given) => search(sha256(given)),
    has: (proof) => search(Buffer.from(proof, 'hex')) !== null,
  };
}
