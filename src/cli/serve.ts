import { openRuntime } from '../app.ts';
import { readConfig, type Variable } from '../config.ts';
import { serveStdio } from '../server/stdio.ts';

/** `gpu-cloud-mcp serve`: MCP over stdio until stdin ends. @throws ConfigError */
export async function serve(flags: Partial<Record<Variable, string>>): Promise<void> {
  const { runtime, close } = await openRuntime(readConfig(flags));
  try {
    await serveStdio(runtime);
  } finally {
    await close();
  }
}
