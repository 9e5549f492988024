import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { ConfigError } from '../../config/read.ts';

/** What a tool says of its arguments, as JSON Schema. */
const shapeSchema = z.object({
  properties: z.record(z.string(), z.object({ type: z.string().optional() })).optional(),
});

const PAIR = /^([A-Za-z_][\w-]*)=([\s\S]*)$/;

/** One JSON object. @throws ConfigError */
function parseObject(json: string): Record<string, unknown> {
  try {
    const args: unknown = JSON.parse(json.trim() === '' ? '{}' : json);
    if (typeof args === 'object' && args !== null && !Array.isArray(args)) return { ...args };
  } catch {
    // Falls through to the same explanation as any other text that is not an object.
  }
  throw new ConfigError(
    `The arguments must be one JSON object, e.g. '{"limit": 5}', or pairs such as limit=5.`,
  );
}

/** A value as JSON if it is JSON of that kind; otherwise the text, which the tool's own check then judges. */
function parsed(value: string, fits: (found: unknown) => boolean): unknown {
  try {
    const found: unknown = JSON.parse(value);
    return fits(found) ? found : value;
  } catch {
    return value;
  }
}

/** One value, typed by what the tool takes there: numbers, true and false, lists with commas or as JSON, objects as JSON. */
function typed(value: string, type: string | undefined): unknown {
  if (type === 'number' || type === 'integer')
    return /^-?\d+(?:\.\d+)?$/.test(value.trim()) ? Number(value) : value;
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  if (type === 'array') {
    if (value.trim().startsWith('[')) return parsed(value, Array.isArray);
    return value === '' ? [] : value.split(',').map((part) => part.trim());
  }
  if (type === 'object') return parsed(value, (found) => typeof found === 'object' && found !== null);
  return value;
}

/**
 * The arguments of a call: pairs `name=value`, typed by the tool's schema, one JSON object, or both, the pairs winning;
 * `-` stands for an object on stdin, so that no text needs a shell's quotes. @throws ConfigError
 */
export async function readArguments(
  given: readonly string[],
  inputSchema: unknown,
): Promise<Record<string, unknown>> {
  const { properties = {} } = shapeSchema.safeParse(inputSchema).data ?? {};
  const pairs = new Map<string, unknown>();
  const objects: string[] = [];
  for (const word of given) {
    const [, name, value] = PAIR.exec(word) ?? [];
    if (name === undefined || value === undefined) objects.push(word);
    else if (pairs.has(name)) throw new ConfigError(`${name}: given twice.`);
    else pairs.set(name, typed(value, properties[name]?.type));
  }
  if (objects.length > 1)
    throw new ConfigError(
      'too many arguments: at most one JSON object, beside any number of name=value pairs.',
    );
  const [object = '{}'] = objects;
  const args = parseObject(object === '-' ? await text(process.stdin) : object);
  return { ...args, ...Object.fromEntries(pairs) };
}
