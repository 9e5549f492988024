/**
 * Puts the parts of a split bundle into one file, from which each is compiled when it is first needed: a start then pays
 * for what it uses, and a server that runs never misses a part because its package was replaced meanwhile.
 *
 * Each part stands there as a string, readable as it is, that a function returns: V8 passes over it ten times as fast as over
 * the code in it, and keeps no copy. (Of an arrow function without a block it would.)
 */
import { basename } from 'node:path';
import { transform } from 'esbuild';

/** Runs in the bundle, as a module or as a script. What a part requires is another part, or of Node. */
const LOADER = `if (typeof process.getBuiltinModule !== 'function') {
  process.stderr.write('gpu-cloud-mcp needs Node 20.18.1 or newer; this is ' + process.version + '.\\n');
  process.exit(2);
}
const { compileFunction } = process.getBuiltinModule('node:vm');
const loaded = new Map();
function ofNode(name) {
  const found = process.getBuiltinModule(name);
  if (found === undefined) throw Object.assign(new Error('Cannot find module ' + name), { code: 'MODULE_NOT_FOUND' });
  return found;
}
function load(name) {
  if (!Object.hasOwn(parts, name)) return ofNode(name);
  let part = loaded.get(name);
  if (part === undefined) {
    part = { exports: {} };
    loaded.set(name, part);
    const run = compileFunction(parts[name](), ['module', 'exports', 'require'], { filename: 'gpu-cloud-mcp/' + name.slice(2) });
    try {
      run(part, part.exports, load);
    } catch (error) {
      loaded.delete(name);
      throw error;
    }
  }
  return part.exports;
}
`;

/** A string literal in ASCII: one byte a character in memory, and read in one go. */
const literal = (text) =>
  JSON.stringify(text).replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The name by which the parts know each other: esbuild imports its own chunks by relative path. */
const nameOf = (path) => `./${basename(path)}`;

/** A part as the body of a function of module, exports and require. Its own warnings concern packages, not us. */
async function asFunction(path, text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.18',
    minifyWhitespace: true,
    supported: { 'dynamic-import': false },
    sourcefile: basename(path),
    logLevel: 'silent',
  });
  return code;
}

/**
 * One file of the output of an esbuild build with `splitting` whose chunks lie in one directory.
 * `entry` is the base name of the part that starts the program.
 */
export async function oneFile(outputFiles, entry) {
  const parts = await Promise.all(
    outputFiles.map(
      async ({ path, text }) =>
        `${literal(nameOf(path))}() { return ${literal(await asFunction(path, text))}; }`,
    ),
  );
  return `${LOADER}const parts = {\n${parts.join(',\n')},\n};\nload(${literal(`./${entry}`)});\n`;
}
