import { GpuError } from '../core/errors.ts';
import { isSafeId } from '../core/ref.ts';
import type { Given } from './send.ts';

const PLACEHOLDER = /:([A-Za-z_][A-Za-z0-9_]*)/g;

const encodeSegment = (name: string, value: string): string => {
  const refuse = (cause?: unknown) =>
    new GpuError('invalid_input', `${name}: this is not an id that can be sent.`, {
      hint: 'Take the ref from the tool that lists such things, and pass it unchanged.',
      cause,
    });
  if (!isSafeId(value)) throw refuse();
  try {
    return encodeURIComponent(value);
  } catch (cause) {
    throw refuse(cause);
  }
};

/**
 * A declared path with its `:name` placeholders filled, each value percent-encoded as one segment.
 * @throws GpuError `invalid_input` for an unsafe id, and where the parameters are not exactly the placeholders.
 */
export function fillPath(path: string, params: Record<string, string> = {}): string {
  const used = new Set<string>();
  const filled = path.replace(PLACEHOLDER, (_whole, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined) {
      throw new GpuError('invalid_input', `The path ${path} needs "${name}", which is missing.`);
    }
    used.add(name);
    return encodeSegment(name, value);
  });
  const surplus = Object.keys(params).filter((name) => !used.has(name));
  if (surplus.length > 0) {
    throw new GpuError('invalid_input', `The path ${path} has no place for ${surplus.join(', ')}.`);
  }
  return filled;
}

/** `?a=1&b=x` with every name and value encoded, undefined ones left out; empty where nothing is left. */
export function encodeQuery(query: Given['query'] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.append(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

/**
 * A base URL without trailing slashes and without a doubled `suffix` (`/api/volt/api/volt`: both clouds' documents
 * print paths with the prefix that their base URL already has). Adds nothing. `name` is the variable to blame.
 * @throws GpuError `invalid_input` where the URL is not usable; the URL itself is never repeated in the message.
 */
export function normaliseBase(url: string, suffix: string, name: string): string {
  const refuse = (why: string) =>
    new GpuError('invalid_input', `${name}: ${why}`, {
      hint: `Set ${name} to a URL such as https://host${suffix}, or leave it out.`,
    });
  if (!URL.canParse(url.trim())) throw refuse('this is not a URL.');
  const parsed = new URL(url.trim());
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw refuse('only http and https work.');
  if (parsed.username !== '' || parsed.password !== '') throw refuse('a URL must not carry credentials.');
  if (/[?#]/.test(url)) throw refuse('a base URL has no query and no fragment.');
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname)) {
    throw refuse('plain http would send the key readable for everyone on the way; use https.');
  }
  const bare = (path: string) => path.replace(/\/+$/, '');
  const end = bare(suffix);
  let path = bare(parsed.pathname);
  const doubled = () => end !== '' && path.endsWith(`${end}${end}`);
  if (doubled()) path = path.slice(0, -end.length);
  if (doubled()) throw refuse(`it repeats ${end} more than twice.`);
  return `${parsed.origin}${path}`;
}
