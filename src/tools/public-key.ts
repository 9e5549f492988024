import sshpk from 'sshpk';
import { GpuError } from '../core/errors.ts';
import { clean } from '../core/text.ts';

/** A checked OpenSSH public key. `line` is what may be sent on: type, base64, comment, single spaces. */
export interface PublicKey {
  type: string;
  bits: number;
  /** `SHA256:…` as ssh-keygen -l prints it. */
  fingerprint: string;
  comment: string | null;
  line: string;
}

/** The key types that are accepted. Security-key types (sk-…) are not: they cannot be checked here. */
const KEY_TYPES = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
] as const;

const MIN_RSA_BITS = 2048;
const MAX_LINE = 16_384;
const SUPPORTED = `Supported: ${KEY_TYPES.join(', ')} (ssh-rsa with ${MIN_RSA_BITS} bits or more). A good choice is ssh-keygen -t ed25519.`;
const ONE_LINE =
  'Pass the one line of the .pub file: "ssh-ed25519 AAAA… comment". It is the public half; never pass the private one.';

// PEM and SSH2 armour, PuTTY's format, and the base64 of "openssh-key-v1", which opens an OpenSSH private key.
const PRIVATE = /PRIVATE[\s_-]*KEY|PuTTY-User-Key-File|Private-Lines:|b3BlbnNzaC1rZXktdjE/i;
const ARMOUR = /----[ -]?BEGIN/;
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;

const keyError = (why: string, hint = ONE_LINE): GpuError =>
  new GpuError('invalid_input', `public_key: ${why}`, { hint });

const isKnown = (word: string | undefined): boolean => KEY_TYPES.some((type) => type === word);
const looksLikeType = (word: string): boolean => /^(?:ssh|ecdsa|sk)-[a-z0-9@.-]{2,60}$/.test(word);

function refuseForeign(text: string): void {
  if (PRIVATE.test(text)) {
    throw keyError(
      'this is a private key. It was not sent to any cloud.',
      'A private key that was put into a conversation counts as exposed: tell the user to stop using it and to make a new pair (ssh-keygen -t ed25519). Pass only the line of the .pub file.',
    );
  }
  if (ARMOUR.test(text)) {
    throw keyError(
      'not the one-line form of OpenSSH.',
      'Convert it with ssh-keygen -i -f FILE, then pass the line.',
    );
  }
  if (/[\r\n]/.test(text)) throw keyError('more than one line; exactly one key in one line is needed.');
  if (text.length > MAX_LINE || CONTROL.test(text))
    throw keyError('too long, or with control characters inside.');
}

function refuseType(words: readonly string[]): void {
  const [type = '', ...rest] = words;
  if (isKnown(type)) return;
  if (looksLikeType(type)) throw keyError('keys of this type are not supported.', SUPPORTED);
  if (rest.some(looksLikeType)) {
    throw keyError('options of authorized_keys stand before the key; only the key itself is taken.');
  }
  throw keyError('not an OpenSSH public key.');
}

/** The algorithm name that the key data itself begins with (RFC 4253, section 6.6). */
function embeddedType(data: Buffer): string {
  const length = data.length < 4 ? 0 : data.readUInt32BE(0);
  return data.subarray(4, 4 + Math.min(length, 64)).toString('latin1');
}

// sshpk throws on most damage and repairs some; a key that it changes is damaged, too.
function parse(data: Buffer): sshpk.Key | null {
  try {
    const key = sshpk.parseKey(data, 'rfc4253');
    return !('toPublic' in key) && key.toBuffer('rfc4253').equals(data) ? key : null;
  } catch {
    return null;
  }
}

/** An uncompressed point of the right length (RFC 5656, section 3.1); other key types pass. */
function hasWholePoint(key: sshpk.Key): boolean {
  if (key.type !== 'ecdsa') return true;
  const point = key.parts.find(({ name }) => name === 'Q')?.data;
  return point?.[0] === 4 && point.length === 1 + 2 * Math.ceil(key.size / 8);
}

/**
 * Checks one OpenSSH public key completely. An error never repeats the text.
 * @throws GpuError `invalid_input` saying what is wrong and what to pass instead.
 */
export function readPublicKey(given: string): PublicKey {
  const text = given.trim();
  refuseForeign(text);
  const words = text.split(/[ \t]+/);
  refuseType(words);
  const [type = '', base64 = '', ...rest] = words;
  if (rest.some((word, at) => looksLikeType(word) && rest[at + 1]?.startsWith('AAAA'))) {
    throw keyError('several keys in one line; exactly one is needed.');
  }
  const data = Buffer.from(base64, 'base64');
  if (base64 === '' || data.toString('base64') !== base64) {
    throw keyError('the base64 part is missing, cut short or damaged.');
  }
  const inner = embeddedType(data);
  if (inner !== type) {
    const found = isKnown(inner) ? `a key of the type ${inner}` : 'something else';
    throw keyError(`it says ${type}, but its data is ${found}.`);
  }
  const key = parse(data);
  if (key === null || !hasWholePoint(key)) throw keyError('the key data is cut short or damaged.');
  if (key.type === 'rsa' && key.size < MIN_RSA_BITS) {
    throw keyError(`an RSA key of ${key.size} bits is too weak.`, SUPPORTED);
  }
  const comment = clean(rest.join(' '), 300);
  return {
    type,
    bits: key.size,
    fingerprint: key.fingerprint('sha256').toString(),
    comment: comment === '' ? null : comment,
    line: [type, base64, comment].filter((part) => part !== '').join(' '),
  };
}
