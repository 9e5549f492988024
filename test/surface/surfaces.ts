import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '../../src/app.ts';
import { readConfig, type Variable } from '../../src/config/read.ts';
import type { CloudId } from '../../src/core/ref.ts';
import type { ListedTool } from '../../src/engine/listing.ts';
import type { Runtime } from '../../src/engine/runtime.ts';

/** The variables that give each cloud a key. Nothing is ever sent with them here. */
const KEYS: Record<CloudId, Partial<Record<Variable, string>>> = {
  volt: { VOLT_API_KEY: 'volt_surface_key' },
  nebula: { NEBULA_API_KEY: 'ak_surface_key' },
};

/** Which clouds have a key. */
export const BOTH: readonly CloudId[] = ['volt', 'nebula'];

/** A runtime that is only listed, and its tools with output schemas. */
export type Surface = Omit<Runtime, 'listed'> & { listed: readonly Required<ListedTool>[] };

/** What a server with these clouds and settings offers. */
export async function surfaceOf(
  clouds: readonly CloudId[],
  settings: Partial<Record<Variable, string>> = {},
): Promise<Surface> {
  const keys = Object.assign({}, ...clouds.map((cloud) => KEYS[cloud]));
  const config = readConfig(
    { GPU_MCP_STATE_DIR: join(tmpdir(), 'gpu-cloud-mcp-never-made'), ...keys, ...settings },
    {},
  );
  const { runtime, close } = await openRuntime(config, { log: () => {} });
  await close();
  const listed = runtime
    .listed('both')
    .flatMap(({ outputSchema, ...tool }) => (outputSchema === undefined ? [] : [{ ...tool, outputSchema }]));
  return { ...runtime, listed };
}

/** What a model sees of a tool; the output schema is not shown to models. */
export const visible = ({
  name,
  title,
  description,
  inputSchema,
  annotations,
}: Pick<ListedTool, 'name' | 'title' | 'description' | 'inputSchema' | 'annotations'>) => ({
  name,
  title,
  description,
  inputSchema,
  annotations,
});
