import { MONEY_WORDS, moneyOf } from '../../config/money.ts';
import { type Config, ConfigError, readConfig, type SettingFlags, wantsHttp } from '../../config/read.ts';
import { createLog } from '../../log.ts';
import { refuseStart } from '../../mcp/pipe.ts';
import { serveStdio } from '../../mcp/stdio.ts';
import { VERSION } from '../../version.ts';
import { invoked } from '../invocation.ts';
import { writeStderr } from '../terminal/exit.ts';

/**
 * The configuration; null if it is wrong and a client on stdin got the reason as an answer: if the process only ended, the
 * client would show no reason. @throws ConfigError on a terminal and for HTTP
 */
async function configOrRefusal(flags: SettingFlags): Promise<Config | null> {
  try {
    return readConfig(flags);
  } catch (error) {
    if (!(error instanceof ConfigError) || process.stdin.isTTY || wantsHttp(flags)) throw error;
    writeStderr(error.message);
    await refuseStart(error.message);
    process.exitCode = 2;
    return null;
  }
}

/** The message for a person who starts the server by hand. */
const greeting = (config: Config): string =>
  [
    'This is an MCP server. It now waits on stdin for a client, so there is nothing to type here.',
    MONEY_WORDS[moneyOf(config)],
    `Add it to the client of your agent with: ${invoked()} install. Ctrl-C ends it.`,
  ].join('\n');

/**
 * `gpu-cloud-mcp serve`: MCP over stdio until stdin ends, or over HTTP until a signal. A client on stdin gets the reason of
 * a wrong configuration as an answer; the process then ends with 2. @throws ConfigError
 */
export async function serve(flags: SettingFlags): Promise<void> {
  const config = await configOrRefusal(flags);
  if (config === null) return;
  if (config.http !== null) {
    const { serveOverHttp } = await import('./serve-http.ts');
    await serveOverHttp(config, config.http);
    return;
  }
  const log = createLog(config.logLevel, (text) => text);
  for (const msg of config.warnings) log({ level: 'warn', msg });
  if (process.stdin.isTTY) writeStderr(greeting(config));
  log({ level: 'info', msg: 'serving MCP over stdio' });
  await serveStdio({ version: VERSION, modern: config.protocol === 'auto' }, async (server) => {
    const { openBehind } = await import('./serve-stdio.ts');
    return openBehind(server, config);
  });
}
