import type { Page } from './pages.ts';

/** A shell command that a page shows: where, as written without its comment, and the exports of its block before it. */
export interface Shown {
  page: string;
  line: number;
  command: string;
  exports: readonly string[];
}

/** The languages of blocks whose lines are commands. */
const SHELL = new Set(['sh', 'bash', 'shell', 'console']);

/** What a line or a code span starts with that is a command and not a name. */
const COMMAND =
  /^(?:\$ )?(?:(?:npm|npx|node|curl|openssl|systemctl|git|vitest) \S|docker (?:build|run|compose|exec|pull) |(?:claude|codex|gemini|goose) mcp |code --|gpu-cloud-mcp (?:-|[a-z]+\b)|\.ci\/run\b)/;

const FENCE = /^(`{3,})(\w*)$/;

const withoutComment = (line: string): string =>
  /^(?:'[^']*'|"[^"]*"|[^'"#]|(?<=\S)#)*/.exec(line)?.[0].trim() ?? '';

interface Line {
  language: string | null;
  line: number;
  text: string;
}

/** The lines of a page with the language of the block they stand in; null outside of blocks. */
function linesOf({ text }: Page): Line[] {
  let open: { ticks: string; language: string } | null = null;
  const lines: Line[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const [, ticks = '', language = ''] = FENCE.exec(line) ?? [];
    if (open === null && ticks !== '') open = { ticks, language };
    else if (open !== null && line === open.ticks) open = null;
    else lines.push({ language: open?.language ?? null, line: at + 1, text: line });
  }
  return lines;
}

function inBlocks(page: Page): Shown[] {
  const shown: Shown[] = [];
  let exports: string[] = [];
  let before = 0;
  let head = '';
  for (const { language, line, text } of linesOf(page)) {
    if (language === null || !SHELL.has(language)) continue;
    if (line !== before + 1) exports = [];
    before = line;
    const whole = head === '' ? text : `${head}${text.trimStart()}`;
    head = whole.endsWith('\\') ? `${whole.slice(0, -1).trimEnd()} ` : '';
    const command = withoutComment(whole);
    if (head !== '' || command === '') continue;
    shown.push({ page: page.path, line, command, exports: [...exports] });
    if (command.startsWith('export ')) exports.push(command);
  }
  return shown;
}

function inSpans(page: Page): Shown[] {
  return linesOf(page)
    .filter(({ language }) => language === null)
    .flatMap(({ line, text }) =>
      [...text.matchAll(/`([^`]+)`/g)]
        .map(([, span = '']) => span)
        .filter((span) => COMMAND.test(span))
        .map((command) => ({ page: page.path, line, command, exports: [] })),
    );
}

/** Every command of a page: each line of its shell blocks, and each code span that is one. */
export const shownBy = (page: Page): Shown[] => [...inBlocks(page), ...inSpans(page)];

/** Commands that stand in blocks of another language, where no test would find them. */
export const hiddenIn = (page: Page): string[] =>
  linesOf(page)
    .filter(({ language, text }) => language !== null && !SHELL.has(language) && COMMAND.test(text.trim()))
    .map(({ line, text }) => `${page.path}:${line}: ${text.trim()}`);

/** A command whose start, however it is written, is the program's name: what rules are compared with. */
export const plain = (command: string): string =>
  command.replace(
    /^(?:node (?:\/path\/to\/gpu-cloud-mcp\/)?dist\/index\.js|npx -y gpu-cloud-mcp)(?= |$)/,
    'gpu-cloud-mcp',
  );
