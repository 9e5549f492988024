import { openRuntime } from '../app.ts';
import { readConfig, type Variable } from '../config.ts';
import type { ListedTool } from '../server/surface.ts';
import type { Tool } from '../tools/tool.ts';
import { createPaint, wantsColour } from './paint.ts';
import { tokensOf } from './tokens.ts';

const PIPE_WIDTH = 160;
const HEAD = 50;

const oneLine = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(1, width - 1))}…`;

/** One tool: name, effect, whether it asks, its tokens (~ where estimated), and as much of its purpose as fits. */
function row(listed: ListedTool, tool: Tool | undefined, width: number): string {
  const { tokens, exact } = tokensOf(listed);
  const head = [
    listed.name.padEnd(26),
    (tool?.effect ?? '').padEnd(10),
    (tool?.gated === true ? 'asks first' : '').padEnd(11),
    `${exact ? '' : '~'}${tokens}`.padStart(5),
  ].join('');
  return `${head}  ${oneLine(listed.description, width - HEAD - 4)}`;
}

/**
 * `gpu-cloud-mcp tools`: the catalogue as a table, a line a tool, or with `json` as a client lists it, each tool with
 * its `tokens`. On a terminal the table also has a heading and a total.
 */
export async function tools(flags: Partial<Record<Variable, string>>, json: boolean): Promise<void> {
  const { runtime, close } = await openRuntime(readConfig({ GPU_MCP_LOG_LEVEL: 'silent', ...flags }));
  try {
    const { listed } = runtime;
    if (json) {
      const rows = listed.map((tool) => ({ ...tool, tokens: tokensOf(tool).tokens }));
      process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
      return;
    }
    const terminal = process.stdout.isTTY === true;
    const width = terminal ? process.stdout.columns : PIPE_WIDTH;
    const paint = createPaint(wantsColour(terminal));
    const rows = listed.map((tool) => row(tool, runtime.tools.get(tool.name), width));
    if (terminal) {
      const heading = `${'tool'.padEnd(26)}${'effect'.padEnd(10)}${''.padEnd(10)}tokens  what for`;
      const total = listed.reduce((sum, tool) => sum + tokensOf(tool).tokens, 0);
      const exact = listed.every((tool) => tokensOf(tool).exact);
      rows.unshift(paint('bold', heading));
      rows.push(
        paint('dim', `${listed.length} tools, ${exact ? '' : 'about '}${total} tokens (o200k) of context.`),
      );
    }
    process.stdout.write(rows.map((line) => `${line}\n`).join(''));
  } finally {
    await close();
  }
}
