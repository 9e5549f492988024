import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import {
  type FailureKind,
  mapFailure,
  NOTHING_SENT,
  TransportFailure,
  wasAborted,
} from '../../src/outbound/errors.ts';
import { outcomeUnknown } from '../../src/outbound/replies.ts';
import { call, KEY, reply, write } from './fixtures.ts';
import { mapped } from './mapped.ts';

describe('a network fault that waiting does not mend', () => {
  const fault = (code: string, sent = false) =>
    new TransportFailure('network', sent, Object.assign(new Error('x'), { code }));

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'NODE_EXTRA_CA_CERTS'],
    ['CERT_HAS_EXPIRED', 'NODE_EXTRA_CA_CERTS'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'base URL'],
    ['PROXY_REFUSED', 'HTTPS_PROXY'],
    ['ENOTFOUND', 'HTTPS_PROXY'],
  ])('%s names what to change, for reads and writes', async (code, names) => {
    for (const one of [call(), write()]) {
      const error = await mapped(fault(code), one);
      expect(error).toMatchObject({ code: 'upstream_unavailable', retryable: false });
      expect(error.hint).toContain(names);
      expect(error.message).toContain(code);
    }
    expect((await mapped(fault(code), write())).message).toContain(NOTHING_SENT);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'ETIMEDOUT'])(
    'is not %s, which may pass',
    async (code) => {
      expect(await mapped(fault(code))).toMatchObject({ code: 'upstream_unavailable', retryable: true });
    },
  );
});

describe('a write', () => {
  it.each([303, 408, 500, 502, 503, 504])('answered %s has an unknown outcome', async (status) => {
    const error = await mapped(reply(status, { message: 'words' }), write({ method: 'GET' }));
    expect(error.code).toBe('outcome_unknown');
    expect(error.retryable).toBe(false);
    expect(error.cause).toMatchObject({ message: expect.stringContaining('"words"') });
  });

  it.each([
    [400, 'invalid_input'],
    [402, 'insufficient_funds'],
    [409, 'wrong_state'],
    [429, 'rate_limited'],
    [302, 'unexpected_response'],
  ])('answered %s was refused: %s', async (status, code) => {
    expect((await mapped(reply(status), write())).code).toBe(code);
  });

  it.each(['network', 'timeout', 'aborted', 'too_large', 'unreadable'] satisfies FailureKind[])(
    'that failed after sending has an unknown outcome: %s',
    async (kind) => {
      const failure = new TransportFailure(kind, true);
      const error = await mapped(failure, write());
      expect(error).toMatchObject({ code: 'outcome_unknown', cause: failure });
      expect(wasAborted(error)).toBe(kind === 'aborted');
    },
  );

  it.each([
    ['network', 'upstream_unavailable'],
    ['timeout', 'upstream_unavailable'],
    ['aborted', 'cancelled'],
  ] as const)('that failed before sending says so: %s', async (kind, code) => {
    const error = await mapped(new TransportFailure(kind, false), write());
    expect(error.code).toBe(code);
    expect(error.message).toContain(NOTHING_SENT);
  });

  it('that failed with an unknown error has an unknown outcome', async () => {
    const error = await mapped(new TypeError('bug'), write());
    expect(error).toMatchObject({ code: 'outcome_unknown', cause: { message: 'bug' } });
    expect(error.message).not.toContain('bug');
  });
});

describe('a read', () => {
  it.each([
    ['network', true, 'upstream_unavailable'],
    ['network', false, 'upstream_unavailable'],
    ['timeout', true, 'timeout'],
    ['timeout', false, 'upstream_unavailable'],
    ['aborted', true, 'cancelled'],
    ['aborted', false, 'cancelled'],
    ['too_large', true, 'unexpected_response'],
    ['unreadable', true, 'unexpected_response'],
  ] as const)('that failed: %s, sent %s', async (kind, sent, code) => {
    const failure = new TransportFailure(kind, sent);
    const error = await mapped(failure);
    expect(error).toMatchObject({ code, cause: failure });
    expect(error.message).not.toContain(NOTHING_SENT);
  });

  it('names the reason of the system when there is one', async () => {
    const refused = Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' });
    const error = await mapped(new TransportFailure('network', false, refused));
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('that failed with an unknown error shows nothing of it', async () => {
    const error = await mapped(new TypeError(`bug ${KEY}`));
    expect(error.code).toBe('upstream_error');
    expect(error.message).not.toContain('bug');
    expect((await mapped(new DOMException('x', 'AbortError'))).code).toBe('cancelled');
  });
});

describe('GpuErrors of inner layers', () => {
  it('pass as they are', () => {
    const error = new GpuError('forbidden', 'no');
    expect(mapFailure({ cloud: 'volt', title: 'Volt', proxyFor: () => null }, write(), error)).toBe(error);
  });
});

describe('wasAborted', () => {
  it('searches the causes, and only those that are errors', () => {
    const abort = new DOMException('gone', 'AbortError');
    expect(wasAborted(outcomeUnknown('volt', 'x', new Error('y', { cause: abort })))).toBe(true);
    expect(wasAborted(new Error('AbortError'))).toBe(false);
    expect(wasAborted('AbortError')).toBe(false);
    const loop = new Error('loop');
    loop.cause = loop;
    expect(wasAborted(loop)).toBe(false);
  });
});
