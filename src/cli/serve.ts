import { readConfig, type Variable } from '../config.ts';
import { serveStdio } from '../server/stdio.ts';
import { VERSION } from '../version.ts';

/** `gpu-cloud-mcp serve`: MCP over stdio until stdin ends, or over HTTP until a signal. @throws ConfigError */
export async function serve(flags: Partial<Record<Variable, string>>): Promise<void> {
  const config = readConfig(flags);
  if (config.http !== null) {
    const { serveOverHttp } = await import('./serve-http.ts');
    await serveOverHttp(config, config.http);
    return;
  }
  await serveStdio(VERSION, async (server) => {
    const { openBehind } = await import('./serve-stdio.ts');
    return openBehind(server, config);
  });
}
