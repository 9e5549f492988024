import { GpuError } from './errors.ts';

/** True for the names and addresses of this machine; `host` as in `URL.hostname`. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/**
 * A base URL without trailing slashes and without a doubled `suffix` (`/api/volt/api/volt`: both clouds' documents
 * print paths with the prefix that their base URL already has). Adds nothing. `name` is the variable that the error names.
 * @throws GpuError `invalid_input` if the URL cannot be used; the message never repeats the URL.
 */
export function normaliseBase(url: string, suffix: string, name: string): string {
  const invalid = (why: string) =>
    new GpuError('invalid_input', `${name}: ${why}`, {
      hint: `Set ${name} to a URL such as https://host${suffix}, or leave it out.`,
    });
  if (!URL.canParse(url.trim())) throw invalid('this is not a URL.');
  const parsed = new URL(url.trim());
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw invalid('only http and https work.');
  if (parsed.username !== '' || parsed.password !== '') throw invalid('a URL must not carry credentials.');
  if (/[?#]/.test(url)) throw invalid('a base URL has no query and no fragment.');
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname)) {
    throw invalid('plain http sends the key unencrypted; use https.');
  }
  const withoutSlashes = (path: string) => path.replace(/\/+$/, '');
  const end = withoutSlashes(suffix);
  let path = withoutSlashes(parsed.pathname);
  const doubled = () => end !== '' && path.endsWith(`${end}${end}`);
  if (doubled()) path = path.slice(0, -end.length);
  if (doubled()) throw invalid(`it repeats ${end} more than twice.`);
  return `${parsed.origin}${path}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The secrets in an address: its password as written and decoded, and the whole address; none if it has no password. */
export function secretsIn(url: string | null | undefined): string[] {
  if (url === null || url === undefined || !URL.canParse(url)) return [];
  const { password } = new URL(url);
  return password === '' ? [] : [url, password, decoded(password)];
}
