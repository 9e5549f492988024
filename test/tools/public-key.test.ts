import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import sshpk from 'sshpk';
import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { readPublicKey } from '../../src/tools/public-key.ts';
import { fieldsIn, numbersIn } from '../facts.ts';

const line = (key: KeyObject): string =>
  sshpk
    .parseKey(key.export({ type: 'spki', format: 'pem' }) as string, 'pem')
    .toString('ssh')
    .split(' ')
    .slice(0, 2)
    .join(' ');

const ed25519 = generateKeyPairSync('ed25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey;
const ED = line(ed25519.publicKey);
const RSA = line(rsa.publicKey);
const dataOf = (text: string): string => text.split(' ')[1] ?? '';

/** An Ed25519 key whose last byte is missing, and the length field adjusted: well-formed, but no key. */
function shortened(base64: string): string {
  const data = Buffer.from(base64, 'base64').subarray(0, -1);
  data.writeUInt32BE(31, data.length - 31 - 4);
  return data.toString('base64');
}

function refusal(text: string): GpuError {
  try {
    readPublicKey(text);
  } catch (error) {
    if (error instanceof GpuError) return error;
    throw error;
  }
  throw new Error('the key was accepted');
}

describe('readPublicKey', () => {
  it.each([
    ['ssh-ed25519', 256, ED],
    ['ssh-rsa', 2048, RSA],
    ['ecdsa-sha2-nistp256', 256, line(ec('prime256v1'))],
    ['ecdsa-sha2-nistp384', 384, line(ec('secp384r1'))],
    ['ecdsa-sha2-nistp521', 521, line(ec('secp521r1'))],
  ])('takes %s', (type, bits, text) => {
    const digest = createHash('sha256')
      .update(Buffer.from(dataOf(text), 'base64'))
      .digest('base64');
    expect(readPublicKey(text)).toEqual({
      type,
      bits,
      fingerprint: `SHA256:${digest.replace(/=+$/, '')}`,
      comment: null,
      line: text,
    });
  });

  it('computes the fingerprint that ssh-keygen prints', () => {
    // Key and fingerprint of github.com, as published in GitHub's documentation (SSH key fingerprints).
    const github = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
    expect(readPublicKey(github).fingerprint).toBe('SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU');
  });

  it('keeps the comment, and sends one line with single spaces', () => {
    const key = readPublicKey(`  ${ED.replace(' ', '\t ')}   me@laptop  (work) \n`);
    expect(key.comment).toBe('me@laptop (work)');
    expect(key.line).toBe(`${ED} me@laptop (work)`);
  });

  it.each([
    ['PKCS 8', ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
    ['PKCS 1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }) as string],
    [
      'OpenSSH',
      `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA${'QUFB'.repeat(40)}\n-----END OPENSSH PRIVATE KEY-----`,
    ],
    ['OpenSSH without its armour', `b3BlbnNzaC1rZXktdjEAAAAA${'QUFB'.repeat(40)}`],
    ['PuTTY', `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPrivate-Lines: 1\n${'QUFB'.repeat(12)}`],
    ['behind a public key', `${ED} x\n-----BEGIN RSA PRIVATE KEY-----\nMIIE${'QUFB'.repeat(40)}`],
  ])('refuses a private key (%s) without repeating any of it', (_name, secret) => {
    const error = refusal(secret);
    expect(error.code).toBe('invalid_input');
    expect(fieldsIn(error.message)).toEqual(['public_key']);
    expect(error.hint).toContain('ssh-keygen');
    const shown = `${error.message} ${error.hint}`;
    for (let at = 0; at + 12 <= secret.length; at += 4) {
      const part = secret.slice(at, at + 12);
      if (/[A-Za-z0-9+/]{12}/.test(part)) expect(shown).not.toContain(part);
    }
  });

  it.each([
    ['two lines', `${ED}\n${RSA}`],
    ['wrapped base64', `${ED.slice(0, 40)}\n${ED.slice(40)}`],
    ['two keys in one line', `${ED} ${RSA}`],
    ['options', `command="/bin/true",no-pty ${ED}`],
    ['a public key in PEM', '-----BEGIN PUBLIC KEY-----\nMCow'],
    ['SSH2 armour', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA'],
    ['another type than the data', ED.replace('ssh-ed25519', 'ssh-rsa')],
    ['data of no type', 'ssh-ed25519 AAAAAAAAAAAA'],
    ['missing data', 'ssh-ed25519'],
    ['data cut short', ED.slice(0, -8)],
    ['base64 cut inside a group', ED.slice(0, -1)],
    [
      'bytes behind the key',
      `ssh-ed25519 ${Buffer.concat([Buffer.from(dataOf(ED), 'base64'), Buffer.alloc(3)]).toString('base64')}`,
    ],
    ['a key one byte short', `ssh-ed25519 ${shortened(dataOf(ED))}`],
    ['prose', 'please add my key'],
    ['nothing', '   '],
    ['a null character', `${ED} a\u0000b`],
  ])('refuses %s, naming the field and what to pass', (_name, text) => {
    const { code, message, hint } = refusal(text);
    expect([code, fieldsIn(message)]).toEqual(['invalid_input', ['public_key']]);
    expect(hint).toMatch(/ssh-ed25519|ssh-keygen/);
  });

  it.each(['ssh-dss', 'sk-ssh-ed25519@openssh.com', 'ssh-ed25519-cert-v01@openssh.com'])(
    'refuses %s and names the supported types',
    (type) => {
      const error = refusal(`${type} ${dataOf(ED)}`);
      expect(error.code).toBe('invalid_input');
      expect(error.hint).toContain('ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256');
    },
  );

  it('refuses an RSA key below 2048 bits', () => {
    const weak = line(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey);
    expect(numbersIn(refusal(weak).message)).toContain(1024);
    expect(numbersIn(refusal(weak).hint)).toContain(2048);
  });

  it('refuses an elliptic curve point that is not whole', () => {
    const text = line(ec('prime256v1'));
    const data = Buffer.from(dataOf(text), 'base64');
    data[data.length - 65] = 2;
    expect(refusal(`ecdsa-sha2-nistp256 ${data.toString('base64')}`).code).toBe('invalid_input');
  });

  it('takes its own line again, whatever the comment', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (comment) => {
        const given = `${RSA} ${comment.replace(/[\u0000-\u001f\u007f-\u009f]/g, '').replace(/-{4}/g, '')}`;
        const key = readPublicKey(given);
        expect(readPublicKey(key.line)).toEqual(key);
      }),
    );
  });

  it('throws nothing but invalid_input, and never repeats what it refuses', () => {
    const word = fc.string({ minLength: 12, maxLength: 200, unit: fc.constantFrom(...'ABCdef0123+/=') });
    const text = fc.oneof(
      word,
      fc
        .tuple(fc.constantFrom('ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256', 'x'), word)
        .map((p) => p.join(' ')),
      fc.string({ maxLength: 300 }),
    );
    fc.assert(
      fc.property(text, (given) => {
        const error = refusal(given);
        expect(error.code).toBe('invalid_input');
        const [longest = ''] = given.split(/\s+/).sort((a, b) => b.length - a.length);
        if (longest.length >= 20) expect(`${error.message}${error.hint}`).not.toContain(longest);
      }),
    );
  });

  it('detects most damage to a key, and never reports the old fingerprint for it', () => {
    const data = Buffer.from(dataOf(RSA), 'base64');
    const { fingerprint } = readPublicKey(RSA);
    fc.assert(
      fc.property(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(data);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        try {
          expect(readPublicKey(`ssh-rsa ${damaged.toString('base64')}`).fingerprint).not.toBe(fingerprint);
        } catch (error) {
          expect(error).toBeInstanceOf(GpuError);
        }
      }),
    );
  });
});
