import { connect } from 'node:net';
import { challengeOf } from '../../testbed/challenge.ts';

/** What the official client always sends. */
export const JSON_HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** A JSON-RPC message as a test reads it. */
export interface Rpc {
  id?: number | string | null;
  method?: string;
  params?: { message?: string; uri?: string; progress?: number; [field: string]: unknown };
  result?: {
    tools?: { name: string }[];
    structuredContent?: Record<string, unknown>;
    isError?: boolean;
    [field: string]: unknown;
  };
  error?: { code: number; message: string };
}

export interface SseEvent {
  id: string;
  message: Rpc | null;
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: { form: {} } },
    clientInfo: { name: 'wire', version: '1' },
  },
};

export const post = (mcp: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(mcp, {
    method: 'POST',
    headers: { ...JSON_HEADERS, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** The words of a refusal. */
export async function refusal(
  response: Response,
): Promise<{ status: number; code: number; message: string }> {
  const { error } = (await response.json()) as Rpc;
  return { status: response.status, code: error?.code ?? 0, message: error?.message ?? '' };
}

function toEvent(block: string): SseEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => [line.split(':')[0], line.slice(line.indexOf(':') + 1).trim()]),
  );
  const id = fields.get('id');
  if (id === undefined) return null;
  const data = fields.get('data') ?? '';
  return { id, message: data === '' ? null : (JSON.parse(data) as Rpc) };
}

/** The events of a stream, one by one. */
export async function* eventsOf(response: Response): AsyncGenerator<SseEvent> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = toEvent(block);
      if (event !== null) yield event;
    }
  }
}

/** The next message that fits, from a stream that is read on later. @throws if the stream ends before */
export async function until(stream: AsyncGenerator<SseEvent>, fits: (message: Rpc) => boolean): Promise<Rpc> {
  for (;;) {
    const { done, value } = await stream.next();
    if (done === true) throw new Error('the stream ended');
    if (value.message !== null && fits(value.message)) return value.message;
  }
}

export const isQuestion = ({ method }: Rpc): boolean => method === 'elicitation/create';
export const isResult = ({ result }: Rpc): boolean => result !== undefined;

/** The first message of a stream that fits; the stream is cancelled. */
export async function messageOf(
  response: Response,
  fits: (message: Rpc) => boolean = () => true,
): Promise<Rpc> {
  const stream = eventsOf(response);
  try {
    return await until(stream, fits);
  } finally {
    await stream.return(undefined);
  }
}

/** The answer of a person who agrees to a question. */
export const agreed = ({ params }: Rpc) => ({
  action: 'accept',
  content: { confirm: challengeOf(params?.message ?? '') },
});

/** A session opened by hand; without a GET stream unless the test opens one. */
export interface WireSession {
  id: string;
  headers: Record<string, string>;
  send(method: string, params?: object, id?: number): Promise<Response>;
  answer(id: number | string, result: object): Promise<Response>;
  call(name: string, args?: object, id?: number): Promise<Response>;
  get(headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
}

let next = 100;

/** Opens a session by hand. */
export async function openWire(mcp: string, headers: Record<string, string> = {}): Promise<WireSession> {
  const response = await post(mcp, INITIALIZE, headers);
  const id = response.headers.get('mcp-session-id');
  if (id === null) throw new Error(`not initialized: ${response.status} ${await response.text()}`);
  await response.text();
  const sent = { ...headers, 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25' };
  await post(mcp, { jsonrpc: '2.0', method: 'notifications/initialized' }, sent);
  const send = (method: string, params: object = {}, number = ++next) =>
    post(mcp, { jsonrpc: '2.0', id: number, method, params }, sent);
  return {
    id,
    headers: sent,
    send,
    answer: (to, result) => post(mcp, { jsonrpc: '2.0', id: to, result }, sent),
    call: (name, args = {}, number) => send('tools/call', { name, arguments: args }, number),
    get: (more = {}, signal) =>
      fetch(mcp, {
        headers: { ...sent, accept: 'text/event-stream', ...more },
        ...(signal !== undefined && { signal }),
      }),
  };
}

/** Writes raw bytes to a socket and reads until the server closes, or until it has answered. */
export function raw(url: string, parts: string[], waitMs = 15_000): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      for (const part of parts) socket.write(part);
    });
    let text = '';
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (/^HTTP\/1\.1 (?!100)/.test(text) && text.includes('\r\n\r\n')) socket.end();
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

/** The status of a raw answer. */
export const statusOf = (text: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
