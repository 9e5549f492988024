import { blocksWithLines, type Page, spansOf } from './pages.ts';

/** A shell command that a page shows: where, as written without its comment, and the exports of its block before it. */
export interface Shown {
  place: string;
  command: string;
  exports: readonly string[];
}

/** The languages of blocks whose lines are commands. */
const SHELL = new Set(['sh', 'bash', 'shell', 'console']);

/** The start of a line or a code span that is a command and not a name. */
const COMMAND =
  /^(?:\$ )?(?:(?:npm|npx|node|curl|openssl|systemctl|git|vitest) \S|docker (?:build|run|compose|exec|pull) |(?:claude|codex|gemini|goose) mcp |code --|gpu-cloud-mcp (?:-|[a-z]+\b)|\.ci\/run\b)/;

const withoutComment = (line: string): string =>
  /^(?:'[^']*'|"[^"]*"|[^'"#]|(?<=\S)#)*/.exec(line)?.[0].trim() ?? '';

function commandsIn(block: string, place: string): Shown[] {
  const shown: Shown[] = [];
  let exports: string[] = [];
  for (const line of block.replace(/\s*\\\n\s*/g, ' ').split('\n')) {
    const command = withoutComment(line);
    if (command !== '') shown.push({ place, command, exports });
    if (command.startsWith('export ')) exports = [...exports, command];
  }
  return shown;
}

/** Every command of a page: each line of its shell blocks, and each code span that is one. */
export const shownBy = (page: Page): Shown[] => [
  ...blocksWithLines(page)
    .filter(({ language }) => SHELL.has(language))
    .flatMap(({ line, text }) => commandsIn(text, `${page.path}:${line}`)),
  ...spansOf(page)
    .filter((span) => COMMAND.test(span))
    .map((command) => ({ place: page.path, command, exports: [] })),
];

/** Commands in blocks of another language, which no test would find. */
export const hiddenIn = (page: Page): string[] =>
  blocksWithLines(page)
    .filter(({ language }) => !SHELL.has(language))
    .flatMap(({ line, text }) =>
      text
        .split('\n')
        .filter((one) => COMMAND.test(one.trim()))
        .map((one) => `${page.path}:${line}: ${one.trim()}`),
    );

/** A command with the program's name as its start, however the page starts the program. */
export const plain = (command: string): string =>
  command.replace(
    /^(?:node (?:\/path\/to\/gpu-cloud-mcp\/)?dist\/index\.js|npx -y gpu-cloud-mcp)(?= |$)/,
    'gpu-cloud-mcp',
  );
