import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Connect, Target } from '../journey.ts';
import { connectSdk } from './sdk.ts';

const PROXY = join(
  dirname(createRequire(import.meta.url).resolve('mcp-remote/package.json')),
  'dist',
  'proxy.js',
);

/** The token goes in by the environment, as its README says: arguments show in lists of processes. */
const flagsFor = (target: Target): string[] =>
  target.transport === 'stdio'
    ? [target.command, ...target.args]
    : [target.url, '--header', 'Authorization:$' + '{TOKEN}'];

const tokenOf = (target: Target) =>
  target.transport === 'http' && target.token !== null ? { TOKEN: `Bearer ${target.token}` } : {};

/** mcp-remote, which bridges a server over HTTP to stdio, for hosts that support stdio alone. */
export const mcpRemote: Connect = (target, answer) =>
  connectSdk(
    new StdioClientTransport({
      command: process.execPath,
      args: [PROXY, ...flagsFor(target)],
      env: { PATH: process.env.PATH ?? '', HOME: target.home, ...tokenOf(target) },
      stderr: 'ignore',
    }),
    answer,
  );
