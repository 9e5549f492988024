import fc from 'fast-check';
import { stringify as toToml } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { stringify as toYaml } from 'yaml';
import { goose } from '../../src/cli/install/clients/apps.ts';
import type { JsonObject } from '../../src/cli/install/clients/client.ts';
import { claudeCode, codex } from '../../src/cli/install/clients/terminals.ts';
import { openEntry } from '../../src/cli/install/edit.ts';
import { SYNTAXES } from '../../src/cli/install/entry.ts';
import { ConfigError } from '../../src/config/read.ts';

const NAME = 'gpu-cloud';
const open = (client: typeof codex, text: string) =>
  openEntry(SYNTAXES[client.format], client, 'the file', text, NAME);

const word = fc.stringMatching(/^[a-zA-Z][\w .-]{0,11}$/);
const plain = fc.oneof(word, fc.integer({ min: -999, max: 999 }), fc.boolean());
const entryOf = fc.record(
  {
    command: word,
    args: fc.array(word, { maxLength: 3 }),
    env: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,9}$/), fc.string({ maxLength: 12 }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
  },
  { noNullPrototype: true },
);
const servers = fc.dictionary(word, entryOf, { maxKeys: 4, noNullPrototype: true });
const fileOf = (table: string) =>
  fc
    .tuple(
      fc.dictionary(
        word,
        fc.oneof(plain, fc.dictionary(word, plain, { maxKeys: 2, noNullPrototype: true })),
        { maxKeys: 4, noNullPrototype: true },
      ),
      servers,
    )
    .map(([rest, own]) => ({ ...rest, [table]: own }) as JsonObject);

const WRITERS: readonly [string, typeof codex, (value: JsonObject) => string][] = [
  ['json', claudeCode, (value) => `${JSON.stringify(value, null, 2)}\n`],
  ['json, tabs', claudeCode, (value) => JSON.stringify(value, null, '\t')],
  ['toml', codex, (value) => toToml(value)],
  ['yaml', goose, (value) => toYaml(value)],
];

describe.each(WRITERS)('%s', (_name, client, write) => {
  const [table = ''] = client.table;
  const syntax = SYNTAXES[client.format];
  const lines = (text: string) => text.split('\n').map((line) => line.replace(/,$/, '').trimEnd());

  it('any entry goes into any file and out again; every line of it stays, in its order', () => {
    fc.assert(
      fc.property(fileOf(table), entryOf, (file, entry) => {
        const before = write(file);
        const after = open(client, before).withEntry(entry);
        expect(Object(syntax.parse(after))[table][NAME]).toEqual(entry);
        const left = lines(after);
        const kept = lines(before).filter((line) => !new RegExp(`^\\s*"?${table}"?: ?\\{\\}`).test(line));
        let at = -1;
        for (const line of kept.filter((row) => row !== '')) {
          at = left.indexOf(line, at + 1);
          expect(at, `${line}\n--- before\n${before}\n--- after\n${after}`).toBeGreaterThanOrEqual(0);
        }
        const removed = open(client, after).withEntry(undefined);
        expect(Object(syntax.parse(removed))[table] ?? {}).toEqual(file[table]);
      }),
      { numRuns: 30 },
    );
  });

  it('any change of an entry leaves the rest of the file alone', () => {
    fc.assert(
      fc.property(fileOf(table), entryOf, entryOf, (file, first, second) => {
        const once = open(client, write(file)).withEntry(first);
        const twice = open(client, once).withEntry(second);
        expect(Object(syntax.parse(twice))[table]).toEqual({ ...Object(file[table]), [NAME]: second });
        expect(open(client, twice).withEntry(second)).toBe(twice);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the proof', () => {
  const text = '{"mcpServers":{"theirs":{"command":"a"}},"n":1}';
  const { parse } = SYNTAXES.json;
  const prove = (after: string) =>
    openEntry({ parse, write: () => after }, claudeCode, 'the file', text, NAME).withEntry({ command: 'x' });

  it.each([
    ['another entry', `{"mcpServers":{"theirs":{"command":"b"},"${NAME}":{"command":"x"}},"n":1}`],
    ['a lost setting', `{"mcpServers":{"theirs":{"command":"a"},"${NAME}":{"command":"x"}}}`],
    ['an entry that is not ours as wanted', `{"mcpServers":{"theirs":{"command":"a"},"${NAME}":{}},"n":1}`],
  ])('stops an edit that would change %s', (_what, after) => {
    expect(() => prove(after)).toThrow(ConfigError);
  });

  it('stops an edit that would break the file', () => {
    expect(() => prove('{')).toThrow(ConfigError);
  });
});

describe('toml by hand', () => {
  const entry = { command: 'npx', args: ['-y', NAME], env: { A: '1', B: '2' } };

  it('keeps comments inside our own table, and a table on one line', () => {
    const text = `[mcp_servers.${NAME}] # ours\r\n# why\r\ncommand = "node" # old\r\nargs = [\r\n  "x", # ]\r\n]\r\nenv = { "A" = "0" }\r\n\r\n# theirs\r\n[b]\r\n`;
    expect(open(codex, text).withEntry(entry)).toBe(
      `[mcp_servers.${NAME}] # ours\r\n# why\r\ncommand = "npx" # old\r\nargs = [\r\n  "-y",# ]\r\n  "${NAME}",\r\n]\r\nenv = { "A" = "1", B = "2" }\r\n\r\n# theirs\r\n[b]\r\n`,
    );
  });

  it('finds a quoted header and removes all of our tables', () => {
    const text = `a = 1\n\n[mcp_servers."${NAME}"]\ncommand = "x"\n\n[b]\n\n[mcp_servers."${NAME}".env]\nK = "v"\n\n# end\n`;
    expect(open(codex, text).withEntry(undefined)).toBe('a = 1\n\n[b]\n\n# end\n');
  });

  it.each([
    `mcp_servers = { "${NAME}" = { command = "x" } }\n`,
    'mcp_servers = { other = { command = "x" } }\n',
    `mcp_servers.${NAME}.command = "x"\n`,
    `[[mcp_servers.${NAME}]]\ncommand = "x"\n`,
  ])('leaves %j alone: it cannot be edited safely', (text) => {
    expect(() => open(codex, text).withEntry(entry)).toThrow(ConfigError);
  });
});

describe('yaml by hand', () => {
  it('leaves a table in braces alone', () => {
    expect(() => open(goose, 'extensions: {a: {b: 1}}\n').withEntry({ cmd: 'x' })).toThrow(Error);
  });

  it('keeps comments around and inside our own entry', () => {
    const text = `extensions:\n    # ours\n    ${NAME}:\n        cmd: node # old\n        # why\n        timeout: 9\n    # next\n    b: {}\n`;
    expect(open(goose, text).withEntry({ cmd: 'npx', timeout: 9, args: ['-y'] })).toBe(
      `extensions:\n    # ours\n    ${NAME}:\n        cmd: npx # old\n        # why\n        timeout: 9\n        args:\n            - -y\n    # next\n    b: {}\n`,
    );
  });

  it('fills an empty table and an empty file', () => {
    expect(open(goose, 'extensions: {} # none\n').withEntry({ cmd: 'x' })).toContain(
      `  ${NAME}:\n    cmd: x`,
    );
    expect(open(goose, '# only a comment\n').withEntry({ cmd: 'x' })).toBe(
      `# only a comment\nextensions:\n  ${NAME}:\n    cmd: x\n`,
    );
  });
});
