import { openRuntime } from '../../app.ts';
import { readConfig, type Variable } from '../../config/read.ts';
import type { ListedTool } from '../../engine/catalogue.ts';
import type { Tool } from '../../tools/tool.ts';
import { layTable } from '../terminal/layout.ts';
import { type Screen, screenOf } from '../terminal/screen.ts';
import { tokensOf } from './tokens.ts';

const PIPE_WIDTH = 160;
const PIPE_HEAD = 54;

const HEAD = ['tool', 'effect', 'asks', 'tokens', 'what for'] as const;
const WHAT_FOR = HEAD.indexOf('what for');

type Catalogue = readonly { listed: ListedTool; tool: Tool | undefined }[];

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;

const tokensText = (listed: ListedTool): string => {
  const { tokens, exact } = tokensOf(listed);
  return `${exact ? '' : '~'}${tokens}`;
};

/** One tool on one line, for other programs: name, effect, whether it asks, its tokens (~ where estimated), its purpose. */
function pipeLine({ listed, tool }: Catalogue[number]): string {
  const head = [
    listed.name.padEnd(26),
    (tool?.effect ?? '').padEnd(10),
    (tool?.gated === true ? 'asks first' : '').padEnd(11),
    tokensText(listed).padStart(5),
  ].join('');
  return `${head}  ${cut(listed.description, PIPE_WIDTH - PIPE_HEAD)}`;
}

/** The catalogue as a table for a person, with a total. */
function forPerson(catalogue: Catalogue, { columns, paint }: Screen): string[] {
  const rows = catalogue.map(({ listed, tool }) => [
    listed.name,
    tool?.effect ?? '',
    tool?.gated === true ? 'yes' : '',
    tokensText(listed),
    listed.title ?? '',
  ]);
  const counts = catalogue.map(({ listed }) => tokensOf(listed));
  const total = counts.reduce((sum, { tokens }) => sum + tokens, 0);
  const about = counts.every(({ exact }) => exact) ? '' : 'about ';
  const noun = catalogue.length === 1 ? 'tool' : 'tools';
  return [
    ...layTable([HEAD, ...rows], columns, paint, WHAT_FOR),
    paint('dim', `${catalogue.length} ${noun}, ${about}${total} tokens (o200k) of a model's context.`),
  ];
}

/**
 * `gpu-cloud-mcp tools`: the catalogue as a table for a person, in a pipe as a line a tool, or with `json` as a client
 * lists it, each tool with its `tokens`. @throws ConfigError
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
    const catalogue = listed.map((one) => ({ listed: one, tool: runtime.tools.get(one.name) }));
    const screen = screenOf(process.stdout);
    const lines = screen.isTerminal ? forPerson(catalogue, screen) : catalogue.map(pipeLine);
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  } finally {
    await close();
  }
}
