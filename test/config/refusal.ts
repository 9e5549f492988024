import { ConfigError, readConfig } from '../../src/config/read.ts';

/** The error of a wrong environment; fails if it is taken. */
export function refusal(env: Record<string, string>): string {
  try {
    readConfig({}, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('expected a ConfigError');
}
