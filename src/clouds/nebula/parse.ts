import { HOUR_MS } from '../../core/spend.ts';
import { clean } from '../../core/text.ts';
import { createRedactor } from '../../outbound/redact.ts';
import { safeText } from '../../outbound/replies.ts';
import { NEBULA } from './identity.ts';

/** Masks text that has the form of a key or token of this cloud. */
const hideKeys = createRedactor([], NEBULA.key_forms);

/** A message of the cloud, safe to show: cleaned, at most 300 characters, without keys and passwords; null if empty. */
export function words(message: unknown): string | null {
  const text = typeof message === 'string' ? safeText(message, hideKeys) : '';
  return text === '' ? null : text;
}

const EST = /^\s*EST (\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})\s*$/;
const UNIX_SECONDS = /^\s*(\d{9,10})\s*$/;
// Daylight time first: of the two instants that an autumn wall clock names, the earlier is taken.
const OFFSETS_HOURS = [4, 5];

let newYorkClock: Intl.DateTimeFormat | null = null;

// Created at first use: loading the time zone data takes megabytes and a tenth of the time of a start.
function inNewYork(): Intl.DateTimeFormat {
  newYorkClock ??= new Intl.DateTimeFormat('en-CA', {
    timeZone: 'America/New_York',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return newYorkClock;
}

/** Text of a cloud made safe to show: at most `max` characters, keys hidden. Numbers become text; `""` and all else null. */
export function toText(value: unknown, max = 200): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return null;
  const text = clean(hideKeys(clean(value, max * 2)), max);
  return text === '' ? null : text;
}

const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');

function wallClock(ms: number): string {
  const part = Object.fromEntries(
    inNewYork()
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
}

function newYork(fields: string[]): string | null {
  const [year, month, day, hour, minute, second] = fields;
  const wall = `${year}-${month}-${day} ${hour}:${minute}:${second}`;
  const naive = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(naive)) return null;
  const instant = OFFSETS_HOURS.map((hours) => naive + hours * HOUR_MS).find((ms) => wallClock(ms) === wall);
  return instant === undefined ? null : iso(instant);
}

/**
 * A time as ISO 8601 UTC. Two forms are known: unix seconds (`"1730847667"`) and `"EST 2024-11-04 10:11:50"`.
 * `EST` is printed all year, and invoice numbers that carry UTC show an offset of four hours in October (Nebula
 * Block API Reference, Billing > List Invoices): it is the wall clock of New York, not UTC-5. A wall clock that
 * spring skips, and every other form, is null.
 */
export function toUtc(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return null;
  const seconds = UNIX_SECONDS.exec(text)?.[1];
  if (seconds !== undefined) return iso(Number(seconds) * 1000);
  const fields = EST.exec(text)?.slice(1);
  return fields === undefined ? null : newYork(fields);
}
