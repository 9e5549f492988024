import type { McpClient } from './clients/client.ts';
import type { Syntax } from './edit.ts';
import { jsonSyntax } from './json.ts';
import { tomlSyntax } from './toml.ts';
import { yamlSyntax } from './yaml.ts';

/** How each format is read and edited. */
export const SYNTAXES: Readonly<Record<McpClient['format'], Syntax>> = {
  json: jsonSyntax,
  toml: tomlSyntax,
  yaml: yamlSyntax,
};
