import { homedir } from 'node:os';
import { type Config, environment, readConfig, type SettingFlags } from '../config/read.ts';
import { withStoredKeys } from './install/stored-keys.ts';
import { writeStderr } from './terminal/exit.ts';

type Env = ReturnType<typeof environment>;

const titleOf = ({ manifests }: Config, id: string): string =>
  manifests.find((manifest) => manifest.id === id)?.title ?? id;

/** The state directory of these settings; needs no key. @throws ConfigError */
const stateDirOf = (flags: SettingFlags, env: Env = environment()): string =>
  readConfig({ ...flags, GPU_MCP_SANDBOX: 'true', GPU_MCP_HTTP: 'false' }, env).stateDir;

/** The configuration of these settings, with its warnings on stderr. @throws ConfigError */
export function configure(flags: SettingFlags, env: Env = environment()): Config {
  const config = readConfig(flags, env);
  for (const warning of config.warnings) writeStderr(`! ${warning}`);
  return config;
}

/**
 * The configuration of a command that a person runs: keys that `install` stored fill in for clouds whose key is not
 * set; stderr shows which were used and from where, and warnings. Logs only errors by default. @throws ConfigError
 */
export function readPersonConfig(flags: SettingFlags): Config {
  const env = environment();
  const quiet: SettingFlags = { GPU_MCP_LOG_LEVEL: 'error', ...flags };
  const place = { platform: process.platform, home: env.HOME ?? homedir(), cwd: process.cwd(), env };
  const stored = withStoredKeys(place, stateDirOf(quiet, env), process.argv[1] ?? '');
  const config = configure(quiet, stored.env);
  if (config.sandbox === null)
    for (const { cloud, from } of stored.added)
      writeStderr(`${titleOf(config, cloud)}: with the stored key of ${from}.`);
  return config;
}
