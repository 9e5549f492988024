import { type Config, readConfig, type SettingFlags } from '../config/read.ts';
import { tell } from './terminal/exit.ts';

/** The configuration of a command that a person runs; stderr warns of what is odd about it. @throws ConfigError */
export function configure(flags: SettingFlags): Config {
  const config = readConfig(flags);
  for (const warning of config.warnings) tell(`! ${warning}`);
  return config;
}
