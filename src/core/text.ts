// Control characters, ANSI introducers, zero-width, tag and variation characters, fillers that look like nothing, and
// bidirectional overrides: nothing a name needs, and what hides text from the person who reads it.
const INVISIBLE =
  /(?:[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}])+/gu;
const ANSI = /\u001b\[[0-9;?]*[ -/]*[@-~]/g;

// Most text from a cloud: printable ASCII that needs nothing done.
const PLAIN = /^[!-~](?: ?[!-~])*$/;

/** Text from a cloud made safe to show: no ANSI, control or bidi characters, single spaces, at most `max` characters. */
export function clean(text: string, max = 200): string {
  if (text.length <= max && PLAIN.test(text)) return text;
  const flat = text
    .slice(0, max * 8)
    .replace(ANSI, '')
    .replace(INVISIBLE, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  const points = [...flat];
  return points.length <= max ? flat : `${points.slice(0, max - 1).join('')}…`;
}

/** `clean`, and null stays null. */
export function cleanOrNull(text: string | null | undefined, max = 200): string | null {
  return text === null || text === undefined ? null : clean(text, max);
}

/** A name from a cloud as data inside a sentence: cleaned, capped at `max` characters, in double quotes it cannot close. */
export function quote(text: string | null, max = 80): string {
  return text === null || text === '' ? '(unnamed)' : `"${clean(text, max).replace(/"/g, "'")}"`;
}

/** USD with as many decimals as cents need, up to four: `2.69`, `0.395`, `92.50`. Unknown is `unknown`. */
export function usd(amount: number | null): string {
  if (amount === null) return 'unknown';
  const short = amount.toFixed(2);
  return Math.abs(Number(short) - amount) < 1e-9 ? short : String(Number(amount.toFixed(4)));
}

/** The last six characters of an id: what a person types for a thing without a name. */
export const tail = (id: string): string => id.slice(-6);

/**
 * What a person types to destroy a thing: its name, or the last six characters of its id where the name is missing,
 * too long to type, nothing but a dollar sign (which is forgiven, so that nothing would be left to type), or holds a
 * quotation mark that would blur where the challenge ends.
 */
export function challengeFor(name: string | null, id: string): string {
  const shown = clean(name ?? '', 200);
  const bare = shown.replace(/^\$/, '').trim();
  return bare === '' || shown.length > 80 || shown.includes('"') ? tail(id) : shown;
}
