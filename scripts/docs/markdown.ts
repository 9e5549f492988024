const cell = (text: string): string => text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ');

/** A table in Markdown. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(columns), `|${columns.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** A fenced block whose fence no text inside can close. */
export function block(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** The text with the part between `<!-- name:begin -->` and `<!-- name:end -->` replaced. @throws Error without them */
export function between(text: string, name: string, inside: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`There are no markers ${begin} and ${end}.`);
  return `${text.slice(0, from + begin.length)}\n${inside}\n${text.slice(to)}`;
}

/** The `[<cloud>: …]` parts of a tool's description as sentences of their own. */
export const wholeText = (text: string): string =>
  text
    .replace(/\s*\[[a-z][a-z0-9_]*: ([^\]]*)\]/g, ' $1')
    .replace(/\s+([;,.])/g, '$1')
    .trim();
