import { openRuntime } from '../app.ts';
import { readConfig, type Variable } from '../config.ts';

const oneLine = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;

/** `gpu-cloud-mcp tools`: the catalogue as a table, or with `json` exactly as a client lists it. */
export async function tools(flags: Partial<Record<Variable, string>>, json: boolean): Promise<void> {
  const { runtime, close } = await openRuntime(readConfig({ GPU_MCP_LOG_LEVEL: 'silent', ...flags }));
  if (json) {
    process.stdout.write(`${JSON.stringify(runtime.listed, null, 2)}\n`);
  } else {
    for (const listed of runtime.listed) {
      const tool = runtime.tools.get(listed.name);
      const asks = tool?.gated === true ? 'asks first' : '';
      process.stdout.write(
        `${listed.name.padEnd(24)}${(tool?.effect ?? '').padEnd(10)}${asks.padEnd(11)}${oneLine(listed.description, 110)}\n`,
      );
    }
  }
  await close();
}
