import { readFileSync } from 'node:fs';
import { ConfigError, pathUnlessSecret } from './errors.ts';
import type { Given } from './given.ts';
import { atHome } from './values.ts';

/** Shorter texts cannot be hidden safely in logs and results, and no cloud's key is that short (our choice). */
const MIN_LENGTH = 8;

function problemOf(key: string): string | null {
  if (key === '') return 'is empty. Copy it again from the dashboard of the cloud.';
  if (/^["'`“‘]|["'`”’]$/.test(key)) return 'stands in quotes. Write it without them.';
  if (/^(?:export\s+)?[A-Za-z_]\w*\s*=\s*[^=\s]/.test(key))
    return 'is written as NAME=value. Give nothing but the key.';
  if (!/^[\x21-\x7e]+$/.test(key))
    return 'contains spaces or unprintable characters. Copy it again from the dashboard of the cloud.';
  if (key.length < MIN_LENGTH)
    return `is shorter than ${MIN_LENGTH} characters. Copy it again from the dashboard of the cloud.`;
  return null;
}

/** A key as it may stand in a header. `name` is the variable or file to blame. @throws ConfigError, never with the key */
export function checkKey(name: string, key: string): string {
  const problem = problemOf(key);
  if (problem === null) return key;
  throw new ConfigError(`${name}: the key ${problem}`);
}

/** What a file holds that must hold one secret and nothing else. @throws ConfigError that names the variable */
export function readSecretFile(variable: string, given: string, what: string): string {
  const file = atHome(given);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new ConfigError(
      `${variable}: the file ${pathUnlessSecret(file)} cannot be read. Give the path of a readable file that holds only ${what}.`,
    );
  }
}

/** The key of one cloud, from its variable or the file that its twin names; undefined if neither is set. @throws ConfigError */
export function readKey(variable: string, { text }: Given): string | undefined {
  const direct = text(variable);
  if (direct !== undefined) return checkKey(variable, direct);
  const twin = `${variable}_FILE`;
  const given = text(twin);
  return given === undefined ? undefined : checkKey(twin, readSecretFile(twin, given, 'the key'));
}
