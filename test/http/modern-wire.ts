import { JSON_HEADERS, type Rpc } from './wire.ts';

export const REVISION = '2026-07-28';
const KEY = 'io.modelcontextprotocol/';

/** The envelope of a client; `forms`: it can ask a person. */
export const envelope = (forms = false): Record<string, unknown> => ({
  [`${KEY}protocolVersion`]: REVISION,
  [`${KEY}clientInfo`]: { name: 'wire', version: '1' },
  [`${KEY}clientCapabilities`]: forms ? { elicitation: { form: {} } } : {},
});

export interface Sent {
  id?: number | string;
  /** In place of the whole envelope. */
  meta?: Record<string, unknown>;
  forms?: boolean;
  /** Over the standard headers; undefined leaves one out. */
  headers?: Record<string, string | undefined>;
  signal?: AbortSignal;
}

/** Sends one request of 2026-07-28 by hand. */
export function send(mcp: string, method: string, params: object = {}, sent: Sent = {}): Promise<Response> {
  const { id = 1, meta = envelope(sent.forms), headers = {}, signal } = sent;
  const { name, uri } = params as { name?: string; uri?: string };
  const all = {
    ...JSON_HEADERS,
    'mcp-protocol-version': REVISION,
    'mcp-method': method,
    'mcp-name': name ?? uri,
    ...headers,
  };
  return fetch(mcp, {
    method: 'POST',
    headers: Object.fromEntries(
      Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
    ),
    body: JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta: meta } }),
    ...(signal !== undefined && { signal }),
  });
}

/** Every message of a reply, be it JSON or a stream that ends. */
export async function messagesOf(response: Response): Promise<Rpc[]> {
  const text = await response.text();
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) return [JSON.parse(text)];
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)));
}

/** The last message of a reply, which is the answer. */
export async function answerOf(response: Response): Promise<Rpc> {
  const last = (await messagesOf(response)).at(-1);
  if (last === undefined) throw new Error('no answer');
  return last;
}

/** The messages of a stream as they come. */
export async function* streamOf(response: Response): AsyncGenerator<Rpc> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').find((line) => line.startsWith('data: '));
      if (data !== undefined && data.length > 6) yield JSON.parse(data.slice(6));
    }
  }
}

/** Calls a tool. */
export const callTool = (
  mcp: string,
  name: string,
  args: object = {},
  sent: Sent & { extra?: object } = {},
) => send(mcp, 'tools/call', { name, arguments: args, ...sent.extra }, sent);
