/** One measured figure. */
export interface Figure {
  name: string;
  value: number;
  unit: 'ms' | 'MB' | 'tokens' | 'requests' | 'calls' | 's' | '';
  /** The maximum that meets the goal. */
  goal?: number;
  /** Depends on the machine: a missed goal is shown, but does not fail the run. */
  machine?: true;
}

/** A part of the benchmark: a name for `--only`, and what it measures. `notes`: tables in Markdown. */
export interface Part {
  name: string;
  run: () => Promise<{ figures: Figure[]; notes?: string[] }>;
}

/** Whether the goal is met; true if there is none. */
export const isMet = ({ value, goal }: Figure): boolean => goal === undefined || value <= goal;

/** The middle value. */
export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Milliseconds that something took. */
export async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

const shown = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Math.round(value * 10) / 10);

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Rows as a Markdown table; all columns but the first are right-aligned. */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map((_cell, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');

/** All figures as a Markdown table. */
export const tableOf = (figures: readonly Figure[]): string =>
  markdownTable(
    ['figure', 'value', 'goal', 'met'],
    figures.map((figure) => [
      figure.name,
      `${shown(figure.value)} ${figure.unit}`.trim(),
      figure.goal === undefined ? '' : `≤ ${shown(figure.goal)}`,
      figure.goal === undefined ? '' : isMet(figure) ? 'yes' : 'no',
    ]),
  );
