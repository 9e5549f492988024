import { homedir } from 'node:os';
import { CLOUDS } from '../clouds/index.ts';
import {
  type Config,
  type Env,
  environment,
  readConfig,
  readKeyless,
  type SettingFlags,
} from '../config/read.ts';
import type { CloudId } from '../core/ref.ts';
import type { Place } from './install/clients/client.ts';
import { withStoredKeys } from './install/stored-keys.ts';
import { writeStderr } from './terminal/exit.ts';

/** This machine, with these variables. */
export const placeHere = (env: Env = environment()): Place => ({
  platform: process.platform,
  home: process.platform === 'win32' ? homedir() : (env.HOME ?? homedir()),
  cwd: process.cwd(),
  env,
});

/** The short name of a cloud. */
export const titleOf = (cloud: CloudId): string => CLOUDS.find(({ id }) => id === cloud)?.title ?? cloud;

/**
 * The configuration of a command that a person runs: keys that `install` stored fill in for clouds whose key is not
 * set; stderr shows which were used and from where, and warnings. Logs only errors by default. @throws ConfigError
 */
export function readPersonConfig(flags: SettingFlags): Config {
  const env = environment();
  const quiet: SettingFlags = { GPU_MCP_LOG_LEVEL: 'error', ...flags };
  const { stateDir } = readKeyless(quiet, env);
  const stored = withStoredKeys(placeHere(env), stateDir, process.argv[1] ?? '');
  const config = readConfig(quiet, stored.env);
  for (const warning of config.warnings) writeStderr(`! ${warning}`);
  if (config.sandbox === null)
    for (const { cloud, from } of stored.added)
      writeStderr(`${titleOf(cloud)}: with the stored key of ${from}.`);
  return config;
}
