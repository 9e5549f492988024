import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import * as z from 'zod';
import { openRuntime } from '../../src/app.ts';
import { httpDeps } from '../../src/cli/commands/serve-http.ts';
import { readConfig } from '../../src/config/read.ts';
import { listedTools } from '../../src/engine/listing.ts';
import { startHttp } from '../../src/http/server.ts';
import { echo } from '../echo-tool.ts';

const LIMITS = {
  sessions: 2000,
  sessionsPerCaller: 2000,
  requestsPerMinute: 10_000_000,
  unconfirmedMs: 3_600_000,
};

/** Our server as `serve --http --sandbox` runs it, token and all; with `echoOnly` its tools are one that says the same again. */
export async function startOurs(echoOnly: boolean): Promise<string> {
  const config = readConfig(
    {
      GPU_MCP_HTTP: 'true',
      GPU_MCP_HTTP_PORT: '0',
      GPU_MCP_HTTP_TOKEN: 'bench-token',
      GPU_MCP_SANDBOX: 'true',
      GPU_MCP_STATE_DIR: mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-bench-')),
    },
    {},
  );
  if (config.http === null) throw new Error('not configured for HTTP');
  const deps = httpDeps(config, { ...config.http, limits: { ...config.http.limits, ...LIMITS } });
  const { url } = await startHttp({
    ...deps,
    open: async (keys) => {
      if (!echoOnly) return deps.open(keys);
      const { runtime, close } = await openRuntime(config);
      const tools = new Map([[echo.name, echo]]);
      return { runtime: { ...runtime, tools, listed: listedTools([echo], runtime.cloudIds, true) }, close };
    },
  });
  return url;
}

/** The SDK alone over the same transport and the same adapter: sessions in a map, nothing checked. */
export async function startBare(): Promise<string> {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();
  const open = async (): Promise<WebStandardStreamableHTTPServerTransport> => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = new McpServer({ name: 'bare', version: '1' });
    const shape = { text: z.string() };
    server.registerTool('echo', { title: 'Echo', inputSchema: shape, outputSchema: shape }, ({ text }) => ({
      content: [{ type: 'text', text }],
      structuredContent: { text },
    }));
    await server.connect(transport);
    return transport;
  };
  const server = createServer(
    getRequestListener(
      async (request) => {
        const known = sessions.get(request.headers.get('mcp-session-id') ?? '');
        return (known ?? (await open())).handleRequest(request);
      },
      { overrideGlobalObjects: false },
    ),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}
