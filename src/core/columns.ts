import stringWidth from 'fast-string-width';

/** The columns of a text on a terminal: wide characters take two, combining ones none. (`string-width` counts the same, but compiles its patterns for 120 ms at each start.) */
export const widthOf = (text: string): number => stringWidth(text);

/** Splits text into what a reader counts as one character. Created when it is needed, because that takes 60 ms. */
let graphemes: Intl.Segmenter | undefined;

/** A text of at most `width` columns, cut with an ellipsis. */
export function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

/**
 * Text broken at spaces into lines of at most `width`; the first line begins with the head, all others with the indent. A
 * longer word stays whole.
 */
export function wrap(text: string, width: number, indent: string, head = ''): string {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    const room = width - widthOf(rows.length === 0 ? head : indent);
    if (row !== '' && widthOf(row) + 1 + widthOf(word) > room) {
      rows.push(row);
      row = word;
    } else {
      row = row === '' ? word : `${row} ${word}`;
    }
  }
  return head + [...rows, row].join(`\n${indent}`);
}
