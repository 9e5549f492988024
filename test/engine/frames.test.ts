import { describe, expect, it } from 'vitest';
import { parseFrame } from '../../src/engine/frames.ts';
import { startProgram } from '../child.ts';
import { type Message, startPeer } from '../mcp/peer.ts';

const VOLT = { VOLT_API_KEY: 'volt_live_frames_key' };
const frame = (method: string, rest: object = {}) => ({ jsonrpc: '2.0', id: 7, method, ...rest });

/** The error code that a frame is refused with; 0 = it is let through. */
function codeOf(given: unknown): number | null {
  const judged = parseFrame(given);
  if ('dropped' in judged) return null;
  return 'reply' in judged ? judged.reply.error.code : 0;
}

describe('the messages of a client', () => {
  it.each([
    ['params: null', frame('tools/list', { params: null }), 0],
    ['_meta: null', frame('tools/list', { params: { _meta: null } }), 0],
    ['arguments: null', frame('tools/call', { params: { name: 'list_pods', arguments: null } }), 0],
    ['arguments: ""', frame('tools/call', { params: { name: 'list_pods', arguments: '' } }), 0],
    ['arguments that are no JSON', frame('tools/call', { params: { name: 'x', arguments: '{' } }), -32602],
    ['arguments as JSON of a list', frame('tools/call', { params: { name: 'x', arguments: '[]' } }), -32602],
    ['no arguments', frame('tools/call', { params: { name: 'list_pods' } }), 0],
    ['a member of no meaning', frame('ping', { extra: 1 }), 0],
    ['an unknown method', frame('no/such'), 0],
    ['cursor: null', frame('tools/list', { params: { cursor: null } }), -32602],
    ['cursor: 1', frame('resources/list', { params: { cursor: 1 } }), -32602],
    ['params as a list', frame('tools/list', { params: [] }), -32602],
    ['arguments as a list', frame('tools/call', { params: { name: 'list_pods', arguments: [] } }), -32602],
    ['no name', frame('tools/call', { params: null }), -32602],
    ['no uri', frame('resources/read', {}), -32602],
    ['a token of no form', frame('ping', { params: { _meta: { progressToken: {} } } }), -32602],
    ['an incomplete handshake', frame('initialize', { params: { protocolVersion: '2025-11-25' } }), -32602],
    ['a batch', [frame('ping')], -32600],
    ['an empty batch', [], -32600],
    ['a number', 42, -32600],
    ['null', null, -32600],
    ['another version', { ...frame('ping'), jsonrpc: '1.0' }, -32600],
    ['id: null', { ...frame('ping'), id: null }, -32600],
    ['an id that is no whole number', { ...frame('ping'), id: 1.5 }, -32600],
    ['no method', { jsonrpc: '2.0', id: 7 }, -32600],
    ['a notification of the wrong shape', { jsonrpc: '2.0', method: 'note', params: 3 }, null],
  ])('%s', (_what, given, code) => {
    expect(codeOf(given)).toBe(code);
  });

  it('names the field that is wrong, and the request', () => {
    expect(parseFrame(frame('resources/read', { params: { uri: 3 } }))).toMatchObject({
      reply: { id: 7, error: { message: expect.stringMatching(/^resources\/read: uri\b/) } },
    });
  });

  it.each(['tools/call', 'prompts/get'])('reads arguments from JSON in a string: %s', (method) => {
    const params = { name: 'x', arguments: '{"gpu": "H100"}' };
    expect(parseFrame(frame(method, { params }))).toEqual({
      message: frame(method, { params: { name: 'x', arguments: { gpu: 'H100' } } }),
    });
  });

  it('takes words of prompts as models send them: null is left out, numbers and switches are text', () => {
    const args = { gpu: 'H100', name: null, max_usd_per_hour: 3, spot: true };
    expect(parseFrame(frame('prompts/get', { params: { name: 'x', arguments: args } }))).toEqual({
      message: frame('prompts/get', {
        params: { name: 'x', arguments: { gpu: 'H100', max_usd_per_hour: '3', spot: 'true' } },
      }),
    });
  });
});

describe('every frame over stdio gets its answer', () => {
  it('of its own, as the same frame gets it that was judged alone', async () => {
    const peer = await startPeer(['--sandbox'], {});
    const sent: readonly (readonly [string, object, number | undefined])[] = [
      ['tools/list', { params: null }, undefined],
      ['ping', { params: null }, undefined],
      ['tools/list', { params: { cursor: null } }, -32602],
      ['resources/list', { params: { cursor: null } }, -32602],
      ['ping', { params: { _meta: 3 } }, -32602],
      ['ping', { extra: true }, undefined],
      ['no/such', { params: null }, -32601],
    ];
    for (const [at, [method, rest]] of sent.entries())
      peer.send({ jsonrpc: '2.0', id: `odd-${at}`, method, ...rest });
    const answers = () => {
      const all = peer.lines.map((line): Message => JSON.parse(line));
      return sent.map((_frame, at) => all.filter(({ id }) => id === `odd-${at}`));
    };
    await expect.poll(() => answers().flat().length, { timeout: 30_000 }).toBe(sent.length);
    for (const [at, found] of answers().entries())
      expect([sent[at], found.map(({ error }) => error?.code)]).toEqual([sent[at], [sent[at]?.[2]]]);
    const { result } = await peer.request('tools/call', { name: 'list_pods', arguments: null });
    expect(result, 'arguments: null is a call without arguments').toMatchObject({ isError: false });
  });

  it('batches and lines that are no JSON are refused, and a byte order mark is overlooked', async () => {
    const { process, ended } = await startProgram(['serve'], VOLT);
    const initialize = {
      ...frame('initialize'),
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'bom', version: '1' } },
    };
    process.stdin.end(`\uFEFF${JSON.stringify(initialize)}\r\n{nope\n[{"jsonrpc":"2.0"}]\n\n`);
    const { stdout, code } = await ended;
    expect(code).toBe(0);
    const answers = stdout.trimEnd().split('\n');
    expect(answers.map((line): Message => JSON.parse(line))).toMatchObject([
      { id: null, error: { code: -32700 } },
      { id: null, error: { code: -32600 } },
      { id: 7, result: { serverInfo: { name: 'gpu-cloud-mcp' } } },
    ]);
  });
});
