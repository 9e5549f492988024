import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { namesCloud, namingClouds } from './architecture/cloud-names.ts';
import {
  circularFiles,
  danglingImports,
  deadFiles,
  folderOf,
  forbiddenImports,
  importsOf,
  targetOf,
  unusedAllowances,
} from './architecture/imports.ts';
import { breaches, RULES_FOR_ALL, RULES_FOR_SRC } from './architecture/rules.ts';
import { codeOf, ROOT, readSources, type Source } from './architecture/source.ts';
import { CASTS, CLOUD_NAMES, ENV_READERS, IMPORT_TABLE } from './architecture/table.ts';

const src = readSources('src');
const tests = ['test', 'testbed', 'examples'].flatMap(readSources);
const one = (path: string, text: string): Source[] => [{ path, text }];

describe('the rules of the source', () => {
  it('imports only along the table', () => {
    expect(forbiddenImports(src)).toEqual([]);
  });

  it('allows no import that nothing uses', () => {
    expect(unusedAllowances(src)).toEqual([]);
    const [folder = ''] = unusedAllowances(src.filter(({ path }) => !path.startsWith('src/store/postgres/')));
    expect(folder).toMatch(/^store\/postgres: /);
  });

  it('has examples that import nothing but their own type and the notes of the clouds', () => {
    const examples = readSources('examples').filter(({ path }) => path !== 'examples/example.ts');
    const imported = examples.flatMap(importsOf).map(({ specifier }) => specifier);
    expect(examples.length).toBeGreaterThan(30);
    const isAllowed = /^(?:\.\/example\.ts|\.\.\/src\/clouds\/[a-z0-9_]+\/notes(?:-jobs)?\.ts)$/;
    expect(imported.filter((specifier) => !isAllowed.test(specifier))).toEqual([]);
    expect(
      importsOf(
        readSources('examples').find(({ path }) => path === 'examples/example.ts') ?? { path: '', text: '' },
      ),
    ).toEqual([]);
  });

  it('names no cloud outside the clouds and the simulator: code branches on none', () => {
    expect(namingClouds(src)).toEqual([]);
    const breach = [
      "if (cloud.id === 'volt') x();",
      'const key = keys.nebula;',
      'const { volt } = keys;',
      'const map = { a: 1, nebula: 2 };',
      "ask('GET volt /pods');",
      "say('List Nebula invoices.[volt: None on Volt.]');",
      "say('The cap holds for both clouds together.');",
    ];
    for (const text of breach) expect(namingClouds(one('src/engine/x.ts', text)), text).toHaveLength(1);
    const fine = ["say('Stop it.[volt: Volt: it pauses.]');", '// as volt: does'];
    for (const text of fine) expect(namingClouds(one('src/engine/x.ts', text)), text).toEqual([]);
  });

  it('imports only files that exist', () => {
    expect(danglingImports(src)).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(circularFiles(src)).toEqual([]);
  });

  it('has no file in src that the program does not reach', () => {
    // The adapter in memory is for tests.
    const dead = deadFiles(src, 'src/index.ts').filter((path) => path !== 'src/store/memory.ts');
    expect(dead).toEqual([]);
  });

  it('keeps the rules for source and tests', () => {
    expect(breaches([...src, ...tests], RULES_FOR_ALL)).toEqual([]);
  });

  it('keeps the rules for source', () => {
    expect(breaches(src, RULES_FOR_SRC)).toEqual([]);
  });

  it('has every folder in the table, and no row of the table without a folder', () => {
    const folders = [...new Set(src.map(({ path }) => folderOf(path)))].toSorted();
    expect(folders).toEqual(Object.keys(IMPORT_TABLE).toSorted());
  });

  it('declares every package that src imports, and none that users would have to install: the bundle carries them', () => {
    const { dependencies = {}, devDependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    const imported = src
      .flatMap(importsOf)
      .map(({ specifier }) => /^(@[^/]+\/[^/]+|[^@./][^/:]*)(?:\/|$)/.exec(specifier)?.[1])
      .filter((name) => name !== undefined);
    const undeclared = [...new Set(imported)].filter((name) => !(name in devDependencies));
    expect(undeclared).toEqual([]);
    expect(dependencies).toEqual({});
  });

  it('lists no exception that is no longer needed', () => {
    const unneeded = [
      ...CASTS.map(({ path }) => ({ path, sign: 'as unknown as' })),
      ...ENV_READERS.map((path) => ({ path, sign: 'process.env' })),
    ].filter(({ path, sign }) => !codeOf(src.find((file) => file.path === path)?.text ?? '').includes(sign));
    expect(unneeded).toEqual([]);
    const textOf = (path: string) => src.find((file) => file.path === path)?.text ?? '';
    expect(CLOUD_NAMES.filter(({ path }) => !namesCloud(textOf(path)))).toEqual([]);
  });
});

describe('the tools', () => {
  const tools = src.filter(({ path }) => path.startsWith('src/tools/'));
  const declared = tools.flatMap((source) =>
    [
      ...codeOf(source.text).matchAll(
        /^(?:export )?const (\w+)[^=\n]*= (?:defineTool|listTool|removalTool|useTool)\b/gm,
      ),
    ].map(([, name = '']) => ({ source, name })),
  );
  const registry = src.find(({ path }) => path === 'src/tools/index.ts') ?? { path: '', text: '' };
  const [, listed = ''] = /\bTOOLS\b[^=]*= \[([^\]]*)\]/.exec(codeOf(registry.text)) ?? [];
  const inRegistry = listed
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

  it('are all in the registry, each once, under their own names', () => {
    const imported = importsOf(registry).flatMap(({ specifier, names }) =>
      names.map((name) => `${targetOf(registry.path, specifier)}: ${name}`),
    );
    expect(declared.length).toBeGreaterThan(10);
    expect(inRegistry.toSorted()).toEqual(declared.map(({ name }) => name).toSorted());
    expect(imported).toEqual(
      expect.arrayContaining(declared.map(({ source, name }) => `${source.path}: ${name}`)),
    );
  });

  it('leave every error to the one pipeline', () => {
    const catching = declared
      .filter(({ source }) => /(?<!\.)\bcatch\s*[({]/.test(codeOf(source.text)))
      .map(({ source }) => source.path);
    expect([...new Set(catching)]).toEqual([]);
  });
});

describe('the checker itself', () => {
  it.each([
    ['src/core/x.ts', "import { get } from 'undici';"],
    ['src/core/x.ts', "import { x } from '../outbound/send.ts';"],
    ['src/clouds/volt/x.ts', "import type { X } from '../nebula/wire.ts';"],
    ['src/clouds/volt/x.ts', "export { x } from '../../tools/tool.ts';"],
    ['src/tools/x.ts', "import { Server } from '@modelcontextprotocol/sdk/server/index.js';"],
    ['src/tools/x.ts', "import { readFile } from 'node:fs/promises';"],
    ['src/cli/x.ts', "const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');"],
    ['src/sandbox/x.ts', "import {\n  type Pod,\n  podSchema,\n} from '../core/model.ts';"],
    ['src/gate/x.ts', "import '../engine/dispatch.ts';"],
    ['src/tools/x.ts', "import { type Permit, issuePermit as letMe } from '../core/permit.ts';"],
    ['src/strange/x.ts', 'export {};'],
    ['src/gate/x.ts', "import { type Store, TICKETS } from '../store/port.ts';"],
    ['src/gate/x.ts', "await import('../store/port.ts');"],
  ])('finds the forbidden import in %s: %s', (path, text) => {
    expect(forbiddenImports(one(path, text))).toHaveLength(1);
  });

  it.each([
    ['src/gate/x.ts', "import { issuePermit } from '../core/permit.ts';"],
    ['src/gate/x.ts', "import type { Store } from '../store/port.ts';"],
    ['src/gate/x.ts', "import { type Store, type Orders as O } from '../store/port.ts';"],
    ['src/tools/x.ts', "import { type Permit } from '../core/permit.ts';"],
    ['src/core/x.ts', "// import { get } from 'undici';\n/* import '../outbound/send.ts'; */"],
  ])('lets the allowed pass in %s: %s', (path, text) => {
    expect(forbiddenImports(one(path, text))).toEqual([]);
  });

  it.each([
    ['advice about a setting says that it is the operator’s', "const x = 'Raise GPU_MCP_MAX_PODS.';"],
    ['no any', 'const x: any = 1;'],
    ['no any', 'function f(x: Record<string, any>) {}'],
    ['no any', 'const y = x as any;'],
    ['no any', 'const z = [] as any[];'],
    ['no console', "console.log('x');"],
    ['no default export', 'export default 1;'],
    ['no default export', 'export { x as default };'],
    ['no non-null assertion', 'const y = rows[0]!.name;'],
    ['no non-null assertion', 'const y = find()!;'],
    ['no cast through unknown', 'const y = x as unknown as Y;'],
    ['only config reads the environment', 'const key = process.env.KEY;'],
    ['only config reads the environment', "const key = process['env'];"],
    [
      'exported functions and constants say what they are for',
      '/** No. */\nconst a = 1;\nexport const b = a;',
    ],
  ])('finds a breach of "%s"', (name, text) => {
    const found = breaches(one('src/core/x.ts', `${text}\n`), RULES_FOR_SRC);
    expect(found.filter((breach) => breach.endsWith(name))).toHaveLength(1);
  });

  it.each([
    ['at most 300 lines', 'src/core/x.ts', 'x;\n'.repeat(301)],
    ['no file for odds and ends', 'src/core/utils.ts', ''],
    ['no suppressed type errors', 'test/x.test.ts', ['// @ts-', 'ignore'].join('')],
    ['nothing left to do', 'src/core/x.ts', ['// TO', 'DO: finish'].join('')],
  ])('finds a breach of "%s" anywhere', (name, path, text) => {
    expect(breaches(one(path, text), RULES_FOR_ALL)).toEqual([expect.stringContaining(name)]);
  });

  it('is not fooled by comments, strings, templates and regular expressions, and checks the code after them', () => {
    const text = readFileSync(`${ROOT}test/architecture/tricky.txt`, 'utf8');
    expect(breaches(one('src/core/x.ts', text), RULES_FOR_SRC)).toEqual([]);
    const more = breaches(one('src/core/x.ts', `${text}console.log(process.env);`), RULES_FOR_SRC);
    expect(more).toHaveLength(2);
  });

  it('finds a circle of imports, and neither who leads to it nor when it leads', () => {
    const sources = [
      ...one('src/index.ts', "import './a.ts';"),
      ...one('src/a.ts', "import type { B } from './core/b.ts';"),
      ...one('src/core/b.ts', "export { a } from '../a.ts';\nimport './c.ts';"),
      ...one('src/core/c.ts', 'export const c = 1;'),
    ];
    expect(circularFiles(sources)).toEqual(['src/a.ts', 'src/core/b.ts']);
  });

  it('finds a file that nothing imports, also behind a circle', () => {
    const sources = [
      ...one('src/index.ts', "const { x } = await import('./a.ts');"),
      ...one('src/a.ts', "export { x } from './core/b.ts';"),
      ...one('src/core/b.ts', 'export const x = 1;'),
      ...one('src/core/dead.ts', "import './dead-too.ts';"),
      ...one('src/core/dead-too.ts', "import './dead.ts';"),
    ];
    expect(deadFiles(sources, 'src/index.ts')).toEqual(['src/core/dead.ts', 'src/core/dead-too.ts']);
  });
});
