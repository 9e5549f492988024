/** What a figure has to be: a share of its floor, or a number in its own unit. */
export interface Goal {
  of: 'ratio' | 'value';
  at: 'most' | 'least';
  limit: number;
}

/** One measured figure with the floor of the same run. */
export interface Figure {
  part: string;
  name: string;
  unit: string;
  ours: number;
  /** Null where there is nothing to compare with. */
  floor: number | null;
  goal: Goal | null;
}

/** A part of the benchmark: a name for `--only`, and what it measures. */
export interface Part {
  name: string;
  run: () => Promise<Figure[]>;
}

/** Ours over the floor; null without a floor. */
export const ratioOf = ({ ours, floor }: Figure): number | null =>
  floor === null || floor === 0 ? null : ours / floor;

/** Whether the goal is met; null where the figure has none. */
export function isMet(figure: Figure): boolean | null {
  if (figure.goal === null) return null;
  const { of, at, limit } = figure.goal;
  const value = of === 'ratio' ? ratioOf(figure) : figure.ours;
  if (value === null) return null;
  return at === 'most' ? value <= limit : value >= limit;
}

const digits = (value: number): string =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);

const goalText = ({ goal }: Figure): string => {
  if (goal === null) return '';
  const limit = goal.of === 'ratio' ? `${goal.limit.toFixed(2)} ×` : goal.limit.toLocaleString('en-US');
  return `${goal.at === 'most' ? '≤' : '≥'} ${limit}`;
};

/** All figures as a Markdown table. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const ratio = ratioOf(figure);
    const met = isMet(figure);
    return [
      figure.name,
      `${digits(figure.ours)} ${figure.unit}`.trim(),
      figure.floor === null ? '' : `${digits(figure.floor)} ${figure.unit}`.trim(),
      ratio === null ? '' : ratio.toFixed(2),
      goalText(figure),
      met === null ? '' : met ? '✓' : '✗',
    ];
  });
  const all = [['figure', 'ours', 'floor', 'ratio', 'goal', ''], ...rows];
  const widths = [0, 1, 2, 3, 4, 5].map((at) => Math.max(3, ...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
