import { vi } from 'vitest';
import { runProgram } from '../../src/cli/program.ts';

/** How a command line ended, and what it wrote. */
export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line in this process: for those that start no server and leave nothing open. */
export async function runHere(args: readonly string[], env: Record<string, string> = {}): Promise<Said> {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      said[stream] += String(text);
      return true;
    }),
  );
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return { code: await runProgram(['node', 'gpu-cloud-mcp', ...args]), ...said };
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}
