/** How a client is connected to the program. */
export type Transport = 'stdio' | 'http';

/** What each client is asked to do on each transport. */
export const STEPS = ['list', 'read', 'person', 'token'] as const;
export type Step = (typeof STEPS)[number];

/**
 * What a client gets if it cannot do a step. `plan_and_token`: nobody is asked, the plan and a token come back and
 * nothing is done. `token_refused`: its token is not valid in its next call and nothing is done. `no_connection`: it
 * ends with an error before any call.
 */
export type Instead = 'plan_and_token' | 'token_refused' | 'no_connection';

/** What became of a step. `cannot` is the reason, taken from the client's own source. */
export type Cell = 'did' | { cannot: string; gets: Instead };

/** One client. `package` is its name in the registry, whose version is in package.json. */
export interface Row {
  id:
    | 'sdk'
    | 'next_sdk_pin'
    | 'next_sdk_auto'
    | 'next_sdk_legacy'
    | 'ai_sdk'
    | 'langchain'
    | 'mcp_client'
    | 'inspector'
    | 'mcp_remote';
  name: string;
  package: string;
  source: string;
  stdio: Readonly<Record<Step, Cell>>;
  http: Readonly<Record<Step, Cell>>;
  /** Set if it cannot send a bearer token, and why; it then talks to a server on loopback that asks for none. */
  noToken?: string;
  /** Set if each call is a process of its own. */
  oneCall?: true;
  /** Words that are not in the code it ships (in this folder of its package), which is why it cannot. */
  lacks?: { words: readonly string[]; folder: string };
}

const all = { list: 'did', read: 'did', person: 'did', token: 'did' } as const;
const nobody = (cannot: string) => ({ ...all, person: { cannot, gets: 'plan_and_token' } }) as const;

const PRIVATE =
  'its constructor takes capabilities, but nothing of it answers a form: the SDK client inside is private';
const NO_CAPABILITIES = 'it declares no capabilities and has no option for them';
const ONE_CALL = 'it has no form';
const NEW_SESSION =
  'each call is a process and a session of its own, and a token is good in its session only';
const BRIDGE = 'it is a bridge to HTTP: it takes an address, not a command';

const bridge: Cell = { cannot: BRIDGE, gets: 'no_connection' };
const oneCall = {
  ...nobody(ONE_CALL),
  token: { cannot: NEW_SESSION, gets: 'token_refused' },
} as const;

/** What independent clients did with this program; test/interop drives each of them to prove each cell. */
export const MATRIX: readonly Row[] = [
  {
    id: 'sdk',
    name: 'TypeScript SDK 1, 2025-11-25',
    package: '@modelcontextprotocol/sdk',
    source: 'https://github.com/modelcontextprotocol/typescript-sdk',
    stdio: all,
    http: all,
  },
  ...(
    [
      ['next_sdk_pin', 'pinned to 2026-07-28'],
      ['next_sdk_auto', 'looks for 2026-07-28 and finds it'],
      ['next_sdk_legacy', 'set to 2025-11-25'],
    ] as const
  ).map(([id, how]) => ({
    id,
    name: `TypeScript SDK 2, ${how}`,
    package: '@modelcontextprotocol/client',
    source: 'https://github.com/modelcontextprotocol/typescript-sdk',
    stdio: all,
    http: all,
  })),
  {
    id: 'ai_sdk',
    name: 'AI SDK',
    package: '@ai-sdk/mcp',
    source: 'https://github.com/vercel/ai/tree/main/packages/mcp',
    stdio: all,
    http: all,
  },
  {
    id: 'langchain',
    name: 'LangChain adapters',
    package: '@langchain/mcp-adapters',
    source: 'https://github.com/langchain-ai/langchainjs/tree/main/libs/langchain-mcp-adapters',
    stdio: nobody(NO_CAPABILITIES),
    http: nobody(NO_CAPABILITIES),
    lacks: { words: ['elicit'], folder: 'dist' },
  },
  {
    id: 'mcp_client',
    name: 'mcp-client',
    package: 'mcp-client',
    source: 'https://github.com/punkpeye/mcp-client',
    stdio: nobody(PRIVATE),
    http: nobody(PRIVATE),
    noToken: 'it has no option for headers',
    lacks: { words: ['elicit', 'header'], folder: 'dist' },
  },
  {
    id: 'inspector',
    name: 'MCP Inspector, command line',
    package: '@modelcontextprotocol/inspector-cli',
    source: 'https://github.com/modelcontextprotocol/inspector',
    stdio: oneCall,
    http: oneCall,
    oneCall: true,
    lacks: { words: ['elicit'], folder: 'build' },
  },
  {
    id: 'mcp_remote',
    name: 'mcp-remote, behind the TypeScript SDK',
    package: 'mcp-remote',
    source: 'https://github.com/punkpeye/mcp-remote',
    stdio: { list: bridge, read: bridge, person: bridge, token: bridge },
    http: all,
  },
];
