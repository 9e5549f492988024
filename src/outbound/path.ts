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
