import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read.ts';
import { createTokens, parseTokens } from '../../src/http/tokens.ts';
import { createEventStore } from '../../src/mcp/v1/events.ts';
import { createResumption } from '../../src/mcp/v1/resume.ts';
import { naming } from '../facts.ts';
import { tempDir } from './start.ts';

const note = (text: string) => ({ jsonrpc: '2.0' as const, method: 'note', params: { text } });

describe('the event store', () => {
  it('never holds more than it may, and always the newest event', async () => {
    const sizes = fc.array(fc.record({ stream: fc.constantFrom('a', 'b'), size: fc.nat(400) }), {
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(sizes, async (stored) => {
        const room = { bytes: 0, limit: 3000 };
        const store = createEventStore({ events: 8, bytes: 1500, ageMs: 1000 }, room, () => 0);
        for (const { stream, size } of stored) {
          await store.storeEvent(stream, note('x'.repeat(size)));
          expect(store.size().events).toBeLessThanOrEqual(8);
          expect(store.size().events).toBeGreaterThan(0);
          expect(store.size().bytes).toBeLessThanOrEqual(1500);
          expect(room.bytes).toBe(store.size().bytes);
        }
        store.clear();
        expect(room.bytes).toBe(0);
      }),
    );
  });

  it('replays one stream in order from behind an event', async () => {
    const store = createEventStore(
      { events: 99, bytes: 9999, ageMs: 1000 },
      { bytes: 0, limit: 9999 },
      () => 0,
    );
    const first = await store.storeEvent('a', note('1'));
    await store.storeEvent('b', note('other'));
    await store.storeEvent('a', note('2'));
    await store.storeEvent('a', note('3'));
    const seen: unknown[] = [];
    await store.replayEventsAfter(first, { send: async (_id, message) => void seen.push(message) });
    expect(seen).toEqual([note('2'), note('3')]);
    await expect(store.replayEventsAfter('c.1', { send: async () => {} })).rejects.toThrow();
  });

  it('forgets what is old', async () => {
    let now = 0;
    const store = createEventStore(
      { events: 99, bytes: 9999, ageMs: 1000 },
      { bytes: 0, limit: 9999 },
      () => now,
    );
    await store.storeEvent('a', note('1'));
    now = 900;
    const second = await store.storeEvent('a', note('2'));
    now = 1100;
    store.expire();
    expect(store.size().events).toBe(1);
    expect(await store.getStreamIdForEventId?.(second)).toBe('a');
    now = 3000;
    store.expire();
    expect(store.size()).toEqual({ events: 0, bytes: 0 });
  });
});

describe('a stream that another process may have', () => {
  const none = createEventStore({ events: 9, bytes: 999, ageMs: 1000 }, { bytes: 0, limit: 999 }, () => 0);
  const of = (self: string, alive: readonly string[] | null) =>
    createResumption({
      session: 'f'.repeat(64),
      self,
      processes: alive === null ? null : { self, isAlive: async (process) => alive.includes(process) },
      isRunning: () => false,
    });
  const [a, b] = ['a'.repeat(36), 'b'.repeat(36)];
  const first = of(a, []);
  const begun = first.during(7, () => first.nameEvent('stream', 1, {}));
  const event = async (response: Response | null) => {
    const text = (await response?.text()) ?? '';
    const [, id = ''] = /^id: (.*)$/m.exec(text) ?? [];
    const [, data = ''] = /^data: (.*)$/m.exec(text) ?? [];
    return { id, message: data === '' ? null : (JSON.parse(data) as unknown) };
  };

  it('is requested again while that process is alive, but not for ever; then it ends with an error', async () => {
    const here = of(b, [a]);
    let id = begun;
    let asked = 0;
    for (; asked < 200; asked += 1) {
      const { id: next, message } = await event(await here.resume(id, none));
      id = next;
      if (message === null) continue;
      expect(message).toMatchObject({ id: 7, error: { code: -32000 } });
      break;
    }
    expect(asked).toBe(60);
    expect((await here.resume(id, none))?.status).toBe(204);
  });

  it('ends with an error if that has ended, or if there is no other', async () => {
    for (const here of [of(b, []), of(b, null), of(a, null)])
      expect((await event(await here.resume(begun, none))).message).toMatchObject({
        error: { code: -32000 },
      });
  });
});

describe('token files', () => {
  it('name tokens and what they may do', () => {
    const tokens = parseTokens('# team\r\nanna:to:ken\n\n ben:secret:read \ncy:x:write');
    expect(tokens.map(({ name, access }) => [name, access])).toEqual([
      ['anna', 'write'],
      ['ben', 'read'],
      ['cy', 'write'],
    ]);
  });

  it.each(['anna', 'anna:', ':token', 'an na:token', 'anna:to ken'])(
    'are refused with the line: %s',
    (line) => {
      expect(() => parseTokens(`ok:token\n${line}`)).toThrow(/line 2/);
    },
  );
});

describe('a token in the variable of the file', () => {
  it('is not repeated in the error', () => {
    const options = {
      token: null,
      tokenFile: 's3cr3t-t0ken',
      everyMs: 100,
      monotonic: () => 0,
      log: () => {},
    };
    expect(() => createTokens(options)).toThrow(/^GPU_MCP_HTTP_TOKEN_FILE: .*name:token/);
    expect(() => createTokens(options)).not.toThrow(/s3cr3t/);
  });
});

describe('a token file that is being written', () => {
  it('is used only once two reads give the same', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:first\n');
    let now = 0;
    const tokens = createTokens({
      token: null,
      tokenFile: file,
      everyMs: 100,
      monotonic: () => now,
      log: () => {},
    });
    const good = (token: string) => {
      now += 100;
      return tokens.find(token)?.name ?? null;
    };
    expect(good('first')).toBe('anna');
    await writeFile(file, '');
    expect(good('first')).toBe('anna');
    await writeFile(file, 'anna:second\n');
    expect(good('first')).toBe('anna');
    expect(good('first')).toBe(null);
    expect(good('second')).toBe('anna');
  });
});

describe('settings', () => {
  const read = (given: Record<string, string>) =>
    readConfig({ GPU_MCP_HTTP: '1', GPU_MCP_SANDBOX: '1', ...given }, {});

  it('need no key when callers send theirs, and never fall back to the server’s own', () => {
    const { clouds, http } = readConfig(
      { GPU_MCP_HTTP: '1', GPU_MCP_CREDENTIALS: 'headers', VOLT_API_KEY: 'volt_own' },
      {},
    );
    expect(clouds).toEqual({});
    expect(http?.credentials).toBe('headers');
  });

  it.each([
    [{ GPU_MCP_HTTP_HOST: '0.0.0.0' }, naming('GPU_MCP_HTTP_TOKEN', '--oauth-issuer')],
    [
      { GPU_MCP_HTTP_HOST: '0.0.0.0', GPU_MCP_OAUTH_ISSUER: 'https://as.example' },
      naming('--oauth-audience', '--public-url'),
    ],
    [
      { GPU_MCP_OAUTH_ISSUER: 'http://as.example' },
      naming('GPU_MCP_OAUTH_ISSUER', 'http://as.example', 'https'),
    ],
    [{ GPU_MCP_OAUTH_AUDIENCE: 'x' }, naming('GPU_MCP_OAUTH_AUDIENCE', 'GPU_MCP_OAUTH_ISSUER')],
    [{ GPU_MCP_HTTP_PORT: '70000' }, naming('GPU_MCP_HTTP_PORT', '70000', '65535')],
    [{ GPU_MCP_TRUST_PROXY: 'proxy.example' }, naming('GPU_MCP_TRUST_PROXY', 'proxy.example')],
    [{ GPU_MCP_ALLOWED_ORIGINS: 'example' }, naming('GPU_MCP_ALLOWED_ORIGINS', 'example')],
    [{ GPU_MCP_PUBLIC_URL: 'ftp://x' }, naming('GPU_MCP_PUBLIC_URL', 'ftp://x', 'https')],
    [{ GPU_MCP_CREDENTIALS: 'both' }, naming('GPU_MCP_CREDENTIALS', 'both', 'env', 'headers')],
    [{ GPU_MCP_SESSION_IDLE_MINUTES: '0' }, naming('GPU_MCP_SESSION_IDLE_MINUTES', '0')],
  ])('that make no sense are refused: %o', (given, named) => {
    expect(() => read(given)).toThrow(named);
  });

  it.each([
    { GPU_MCP_HTTP_TOKEN: 'a-token' },
    { GPU_MCP_HTTP_TOKEN_FILE: 'some/file' },
    { GPU_MCP_OAUTH_ISSUER: 'https://as.example', GPU_MCP_OAUTH_AUDIENCE: 'gpu' },
  ])('that protect allow listening to the network: %o', (given) => {
    expect(read({ GPU_MCP_HTTP_HOST: '0.0.0.0', ...given }).http?.host).toBe('0.0.0.0');
  });
});
