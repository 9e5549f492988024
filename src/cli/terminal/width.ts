import stringWidth from 'fast-string-width';

/** How many columns of a terminal a text takes: wide characters take two, combining ones none. (`string-width` counts the same, but compiles its patterns for 120 ms at each start.) */
export const widthOf = (text: string): number => stringWidth(text);

/** What a reader counts as one character. Made when it is needed, because making it takes 60 ms. */
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

/** A text filled with spaces to `width` columns. */
export function padTo(text: string, width: number, toRight = false): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return toRight ? space + text : text + space;
}
