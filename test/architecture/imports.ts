import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import { codeOf, type Source } from './source.ts';
import { type Allowance, IMPORT_TABLE, RESERVED_NAMES } from './table.ts';

/** One import, re-export or `import()`. */
export interface Import {
  specifier: string;
  /** The imported names as the exporting module spells them. */
  names: string[];
  /** True if nothing of it is left when the program runs. */
  isType: boolean;
}

const STATEMENT = /^(?:import|export)\b([^;'"]*?)\bfrom\s*'([^']+)'/gm;
const BARE = /^import\s*'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

function namesIn(clause: string): string[] {
  const [, inside = ''] = /\{([^}]*)\}/.exec(clause) ?? [];
  return inside
    .split(',')
    .map((part) => part.trim().replace(/^type\s+/, ''))
    .map((part) => part.split(/\s+as\s+/)[0] ?? '')
    .filter((name) => name !== '');
}

/** Everything a file imports, types included. */
export function importsOf({ text }: Source): Import[] {
  const code = codeOf(text, 'keep');
  return [
    ...[...code.matchAll(STATEMENT)].map(([, clause = '', specifier = '']) => ({
      specifier,
      names: namesIn(clause),
      isType: /^\s*type\b/.test(clause) || /^\s*\{(?:\s*type\s[^,}]+,?)+\s*\}\s*$/.test(clause),
    })),
    ...[...code.matchAll(BARE), ...code.matchAll(DYNAMIC)].map(([, specifier = '']) => ({
      specifier,
      names: [],
      isType: false,
    })),
  ];
}

/** The file that a relative specifier names. */
export const targetOf = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier);

/** The row of the table that a file of src belongs to. */
export function folderOf(path: string): string {
  const [, first = '', second, third] = path.split('/');
  if (second === undefined) return '.';
  if (third === undefined) return first;
  return first === 'clouds' || `${first}/${second}` in IMPORT_TABLE ? `${first}/${second}` : first;
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const nodeAllows = ({ node }: Allowance, specifier: string): boolean =>
  typeof node === 'boolean' ? node : node.includes(specifier.replace(/^node:/, ''));

function faultOf(path: string, { specifier, names, isType }: Import, row: Allowance): string | null {
  if (specifier.startsWith('.')) {
    const target = targetOf(path, specifier);
    const there = folderOf(target);
    const allowed = isType ? [...row.folders, ...(row.types ?? [])] : row.folders;
    if (there !== folderOf(path) && !allowed.includes(there)) return `${specifier} (folder ${there})`;
    const reserved = RESERVED_NAMES.find(({ name, from }) => from === target && names.includes(name));
    return reserved !== undefined && !reserved.only.test(path) ? `${reserved.name}: ${reserved.why}` : null;
  }
  if (isBuiltin(specifier)) return nodeAllows(row, specifier) ? null : specifier;
  return row.packages.includes(packageOf(specifier)) ? null : specifier;
}

/** Imports that the table does not allow, as `file -> import`. */
export function forbiddenImports(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const row = IMPORT_TABLE[folderOf(source.path)];
    if (row === undefined) return [`${source.path}: its folder is not in the table`];
    return importsOf(source).flatMap((found) => {
      const fault = faultOf(source.path, found, row);
      return fault === null ? [] : [`${source.path} -> ${fault}`];
    });
  });
}

/** What the table allows and nothing uses, as `folder: what`. An import of a type is a use. */
export function unusedAllowances(sources: readonly Source[]): string[] {
  return Object.entries(IMPORT_TABLE).flatMap(([folder, row]) => {
    const { folders, types = [], packages, node } = row;
    const used = new Set(
      sources
        // The folders of the clouds share one row.
        .filter(({ path }) => IMPORT_TABLE[folderOf(path)] === row)
        .flatMap((source) =>
          importsOf(source).map(({ specifier }) => {
            if (specifier.startsWith('.')) return folderOf(targetOf(source.path, specifier));
            return isBuiltin(specifier) ? `node:${specifier.replace(/^node:/, '')}` : packageOf(specifier);
          }),
        ),
    );
    const modules = typeof node === 'boolean' ? [] : node.map((name) => `node:${name}`);
    const idle = [...folders, ...types, ...packages, ...modules].filter((name) => !used.has(name));
    const isIdle = node === true && ![...used].some((name) => name.startsWith('node:'));
    return [...idle, ...(isIdle ? ['node'] : [])].map((name) => `${folder}: ${name}`);
  });
}

/** Relative imports that name no file, as `file -> import`. */
export function danglingImports(sources: readonly Source[]): string[] {
  const known = new Set(sources.map(({ path }) => path));
  return sources.flatMap((source) =>
    importsOf(source)
      .filter(({ specifier }) => specifier.startsWith('.') && !known.has(targetOf(source.path, specifier)))
      .map(({ specifier }) => `${source.path} -> ${specifier}`),
  );
}

/** Files that nothing reachable from the entry imports. */
export function deadFiles(sources: readonly Source[], entry: string): string[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const source = byPath.get(path);
    if (source === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const { specifier } of importsOf(source)) {
      if (specifier.startsWith('.')) queue.push(targetOf(path, specifier));
    }
  }
  return sources.map(({ path }) => path).filter((path) => !reached.has(path));
}

/** Files that import one another in a circle, types included; and the files between two circles. */
export function circularFiles(sources: readonly Source[]): string[] {
  const links = new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).map(({ specifier }) => targetOf(source.path, specifier)),
    ]),
  );
  for (let size = Number.POSITIVE_INFINITY; links.size < size; ) {
    size = links.size;
    const imported = new Set([...links.values()].flat());
    for (const [path, targets] of [...links]) {
      if (!imported.has(path) || !targets.some((target) => links.has(target))) links.delete(path);
    }
  }
  return [...links.keys()].sort();
}
