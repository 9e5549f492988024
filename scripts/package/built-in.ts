import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { openRuntime } from '../../src/app.ts';
import { fingerprint, visibleText } from '../../src/cli/commands/tokens.ts';
import { readConfig } from '../../src/config/read.ts';
import { CONFIRM_MODES } from '../../src/core/policy.ts';
import type { BuiltTool } from '../../src/engine/catalogue.ts';
import type { Runtime } from '../../src/engine/runtime.ts';
import { catalogued } from '../../src/engine/surface.ts';

const KEYS = { volt: { VOLT_API_KEY: 'volt_counted' }, nebula: { NEBULA_API_KEY: 'ak_counted' } };
const BOTH = { ...KEYS.volt, ...KEYS.nebula };

async function withRuntime<T>(env: Record<string, string>, look: (runtime: Runtime) => T): Promise<T> {
  const { runtime, close } = await openRuntime(readConfig({ GPU_MCP_LOG_LEVEL: 'silent', ...env }, {}));
  try {
    return look(runtime);
  } finally {
    await close();
  }
}

/** Tokens of every tool in every form it can take: a tool's texts depend on the clouds and on the way of confirming. */
export async function tokenTable(): Promise<Record<string, number>> {
  const table: Record<string, number> = {};
  for (const keys of [BOTH, KEYS.volt, KEYS.nebula]) {
    for (const mode of CONFIRM_MODES) {
      await withRuntime({ ...keys, GPU_MCP_CONFIRM: mode }, ({ listed }) => {
        for (const text of listed.map(visibleText)) table[fingerprint(text)] ??= encode(text).length;
      });
    }
  }
  return table;
}

/** Every tool as plain data, so that a server lists its tools without loading what they do. */
export const catalogue = (): Promise<BuiltTool[]> =>
  withRuntime(BOTH, ({ tools, clouds }) =>
    [...tools.values()].map((tool) => ({
      ...catalogued(tool),
      clouds: clouds
        .all()
        .filter(tool.needs)
        .map(({ id }) => id),
    })),
  );
