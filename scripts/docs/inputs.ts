import type { Cloud } from '../../src/core/cloud.ts';
import type { Json } from '../../src/engine/listing.ts';
import { TOKEN_FIELD } from '../../src/engine/messages.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { table } from './markdown.ts';
import { meaningOf } from './meanings.ts';

type Schema = { [key: string]: Json };

const isSchema = (value: Json | undefined): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const code = (value: Json): string => `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;

/** The type of an input in words, read off its JSON schema. */
function typeOf(schema: Schema): string {
  if (Array.isArray(schema.enum)) return schema.enum.map(code).join(', ');
  if (schema.type === 'array') return `list of ${isSchema(schema.items) ? typeOf(schema.items) : 'values'}`;
  if (schema.type === 'object') return isSchema(schema.additionalProperties) ? 'map of strings' : 'object';
  return typeof schema.type === 'string' ? schema.type : 'any';
}

const defaultOf = (schema: Schema): string => (schema.default === undefined ? '' : code(schema.default));

const need = (required: boolean): string => (required ? 'yes' : '');

/** The short titles of clouds. */
export const titlesOf = (clouds: readonly Cloud[]): string =>
  clouds.map(({ title }) => title.replace(/ \(.*/, '')).join(', ');

/** The table of a tool's inputs. @throws Error for an input without an explanation */
export function inputTable(tool: Tool, schema: Schema, clouds: readonly Cloud[]): string {
  const able = clouds.filter(tool.needs);
  const properties = isSchema(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const rows = Object.entries(properties).map(([name, property]) => {
    const field = isSchema(property) ? property : {};
    const described = typeof field.description === 'string' ? field.description : undefined;
    const having = able.filter(tool.only[name] ?? (() => true));
    const meaning = meaningOf(tool.name, name, described);
    return [
      code(name),
      name === TOKEN_FIELD ? 'string' : typeOf(field),
      need(required.includes(name)),
      defaultOf(field),
      having.length === able.length ? meaning : `${titlesOf(having)} only. ${meaning}`,
    ];
  });
  if (rows.length === 0) return 'It takes no inputs.';
  return table(['input', 'type', 'required', 'default', 'meaning'], rows);
}
