import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { binary } from '../binary.ts';

/** Flags of every program here: the simulator, whose pods are up in 10 ms. */
export const SANDBOX = ['--sandbox', '--sandbox-speed', '2000', '--results', 'both'];

/** A server over HTTP as a process of its own. */
export interface HttpProgram {
  /** The address of /mcp. */
  url: string;
  stop(): Promise<void>;
}

/** Starts the server over HTTP on a free port of 127.0.0.1; with a token, only its bearer may come in. */
export async function startHttpProgram(stateDir: string, token: string | null): Promise<HttpProgram> {
  const args = ['serve', '--http', ...SANDBOX, '--port', '0', '--state-dir', stateDir];
  const child = spawn(process.execPath, [await binary(), ...args], {
    env: { PATH: process.env.PATH ?? '', ...(token !== null && { GPU_MCP_HTTP_TOKEN: token }) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  const lines = createInterface(child.stderr);
  const listening = new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const { url } = JSON.parse(line);
      if (url !== undefined) resolve(String(url));
    });
    lines.on('close', () => reject(new Error('the server ended before it listened')));
  });
  return { url: await listening, stop };
}
