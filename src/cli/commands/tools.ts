import { openRuntime } from '../../app.ts';
import type { SettingFlags } from '../../config/read.ts';
import { cutTo } from '../../core/columns.ts';
import { counted } from '../../core/text.ts';
import type { ListedTool } from '../../engine/listing.ts';
import type { Tool } from '../../tools/tool.ts';
import { readPersonConfig } from '../person-config.ts';
import { formatTable } from '../terminal/layout.ts';
import { type Screen, screenOf } from '../terminal/screen.ts';

const PIPE_WIDTH = 160;
const PIPE_HEAD = 54;

const HEAD = ['tool', 'effect', 'asks', 'tokens', 'what for'] as const;
const WHAT_FOR = HEAD.indexOf('what for');

type Catalogue = readonly { listed: ListedTool; tool: Tool | undefined }[];

/** Characters of a tool's JSON per token; measured with o200k_base: 4.2 for all, 3.8 to 4.7 for one tool. */
const CHARACTERS_PER_TOKEN = 4.2;

/** Estimates the tokens of a tool in a model's context. Hosts do not show a model the output schema. */
const tokensOf = ({ name, title, description, inputSchema, annotations }: ListedTool): number =>
  Math.round(
    JSON.stringify({ name, title, description, inputSchema, annotations }).length / CHARACTERS_PER_TOKEN,
  );

const tokensText = (listed: ListedTool): string => `~${tokensOf(listed)}`;

/** One tool on one line, for other programs: name, effect, if it asks, its estimated tokens, its purpose. */
function pipeLine({ listed, tool }: Catalogue[number]): string {
  const head = [
    listed.name.padEnd(26),
    (tool?.effect ?? '').padEnd(10),
    (tool?.gated === true ? 'asks first' : '').padEnd(11),
    tokensText(listed).padStart(5),
  ].join('');
  return `${head}  ${cutTo(listed.description, PIPE_WIDTH - PIPE_HEAD)}`;
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
  const total = catalogue.reduce((sum, { listed }) => sum + tokensOf(listed), 0);
  return [
    ...formatTable([HEAD, ...rows], columns, paint, WHAT_FOR),
    paint(
      'dim',
      `${counted(catalogue.length, 'tool')}, about ${total} tokens of a model's context (estimated from their length).`,
    ),
  ];
}

/**
 * `gpu-cloud-mcp tools`: the catalogue as a table for a person, in a pipe as a line a tool, or with `json` as a client
 * lists it, each tool with its estimated `tokens`. @throws ConfigError
 */
export async function tools(flags: SettingFlags, json: boolean): Promise<void> {
  const { runtime, close } = await openRuntime(readPersonConfig({ GPU_MCP_LOG_LEVEL: 'silent', ...flags }));
  try {
    const listed = runtime.listed(json ? 'both' : 'text');
    if (json) {
      const rows = listed.map((tool) => ({ ...tool, tokens: tokensOf(tool) }));
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
