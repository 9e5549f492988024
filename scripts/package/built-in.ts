import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { openRuntime } from '../../src/app.ts';
import { fingerprint, visibleText } from '../../src/cli/tokens.ts';
import { readConfig } from '../../src/config.ts';
import { CONFIRM_MODES } from '../../src/gate/gate.ts';

const KEYS = { volt: { VOLT_API_KEY: 'volt_counted' }, nebula: { NEBULA_API_KEY: 'counted' } };
const CLOUDS = [{ ...KEYS.volt, ...KEYS.nebula }, KEYS.volt, KEYS.nebula];

/** Tokens of every tool in every form it can take: a tool's texts depend on the clouds and on the way of confirming. */
export async function tokenTable(): Promise<Record<string, number>> {
  const table: Record<string, number> = {};
  for (const keys of CLOUDS) {
    for (const mode of CONFIRM_MODES) {
      const config = readConfig({ GPU_MCP_LOG_LEVEL: 'silent', GPU_MCP_CONFIRM: mode, ...keys }, {});
      const { runtime, close } = await openRuntime(config);
      for (const tool of runtime.listed) {
        const text = visibleText(tool);
        table[fingerprint(text)] ??= encode(text).length;
      }
      await close();
    }
  }
  return table;
}
