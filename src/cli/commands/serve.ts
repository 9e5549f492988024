import { type Config, readConfig, type Variable } from '../../config/read.ts';
import { IS_BUILT, type Listing, listBuilt } from '../../engine/catalogue.ts';
import { createLog } from '../../log.ts';
import { serveStdio } from '../../mcp/stdio.ts';
import { hasOpenEnds } from '../../store/open-ends.ts';
import { VERSION } from '../../version.ts';

/** Which tools a configuration has; the simulator has both clouds. */
const listingOf = ({ manifests, clouds, sandbox, readOnly, toolsets, confirm }: Config): Listing => ({
  clouds: manifests.map(({ id }) => id).filter((id) => sandbox !== null || clouds[id] !== undefined),
  readOnly,
  toolsets,
  tokens: confirm === 'auto',
});

/** `gpu-cloud-mcp serve`: MCP over stdio until stdin ends, or over HTTP until a signal. @throws ConfigError */
export async function serve(flags: Partial<Record<Variable, string>>): Promise<void> {
  const config = readConfig(flags);
  if (config.http !== null) {
    const { serveOverHttp } = await import('./serve-http.ts');
    await serveOverHttp(config, config.http);
    return;
  }
  createLog(config.logLevel, (text) => text)({ level: 'info', msg: 'serving MCP over stdio' });
  await serveStdio(VERSION, {
    list: IS_BUILT ? () => listBuilt(listingOf(config)) : null,
    isDue: () => hasOpenEnds(config.stateDir),
    load: async (server) => {
      const { openBehind } = await import('./serve-stdio.ts');
      return openBehind(server, config);
    },
  });
}
