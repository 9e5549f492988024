import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configurationPage } from '../../scripts/docs/configuration-page.ts';
import { between, block, table, wholeText } from '../../scripts/docs/markdown.ts';
import { meaningOf, SHARED_MEANINGS } from '../../scripts/docs/meanings.ts';
import { generatedPages } from '../../scripts/docs/pages.ts';
import { SETTINGS } from '../../src/config/read.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { exampleOf } from '../../testbed/examples.ts';
import { ROOT } from '../architecture/source.ts';
import { naming } from '../facts.ts';
import { commandFault, knownFlags } from './commands.ts';
import { EXECUTED, EXECUTED_HERE, NOT_EXECUTED } from './executed.ts';
import { anchorsOf, linksOf, readPages, spansOf } from './pages.ts';
import { hiddenIn, plain, shownBy } from './shown.ts';

const pages = readPages();

describe('the generated pages', () => {
  it('explain every input, and none that is gone', () => {
    const unused = TOOLS.flatMap(({ name, input }) =>
      Object.keys(exampleOf(name).meanings ?? {})
        .filter((field) => !(field in input.shape))
        .map((field) => `${name}.${field}`),
    );
    const fields = new Set([
      'confirmation_token',
      'user_reply',
      ...TOOLS.flatMap(({ input }) => Object.keys(input.shape)),
    ]);
    expect([...unused, ...Object.keys(SHARED_MEANINGS).filter((field) => !fields.has(field))]).toEqual([]);
    expect(() => meaningOf('stop_pod', 'colour', undefined)).toThrow(
      naming('stop_pod.colour', 'examples/stop_pod.ts'),
    );
  });

  it('are up to date in the repository (npm run docs writes them)', {
    timeout: 60_000,
  }, async () => {
    for (const { path, text } of await generatedPages(ROOT)) {
      expect(text === readFileSync(`${ROOT}${path}`, 'utf8'), `${path} is stale: run npm run docs`).toBe(
        true,
      );
    }
  });

  it('list every setting once', () => {
    const page = configurationPage();
    for (const { variable } of SETTINGS) expect(page.split(`| \`${variable}\` |`)).toHaveLength(2);
  });

  it('have a setting with a bar in its meaning as one row', () => {
    const stray = { variable: 'STRAY', flag: 'stray', value: 'N', default: '3', meaning: 'a|b' };
    expect(configurationPage([stray])).toContain('| `STRAY` | `--stray N` | `3` | a\\|b |');
  });
});

describe('every page', () => {
  it('links only to what exists', () => {
    const broken = pages.flatMap((page) =>
      linksOf(page)
        .filter((target) => !/^https?:/.test(target))
        .filter((target) => {
          const [file = '', anchor] = target.split('#');
          const path = file === '' ? page.path : posix.join(posix.dirname(page.path), file);
          if (!existsSync(`${ROOT}${path}`)) return true;
          const there = pages.find((other) => other.path === path);
          return anchor !== undefined && there !== undefined && !anchorsOf(there).includes(anchor);
        })
        .map((target) => `${page.path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('names only files that exist, from the root or from src', () => {
    const missing = pages
      .filter(({ path }) => path !== 'CHANGELOG.md')
      .flatMap(({ path, text }) =>
        [
          ...text.matchAll(
            /(?<![\w./-])((?:[a-z-]+\/)+[\w.-]+\.(?:ts|mjs)|(?:src|test|scripts|bench)\/\w[\w./-]*)/g,
          ),
        ]
          .map(([, file = '']) => file.replace(/[.]$/, ''))
          .filter((file) => !existsSync(`${ROOT}${file}`) && !existsSync(`${ROOT}src/${file}`))
          .map((file) => `${path}: ${file}`),
      );
    expect(missing).toEqual([]);
  });

  it('clones from the place that the package names', () => {
    const { mcpName } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
    const clones = pages
      .flatMap(shownBy)
      .flatMap(({ command }) => /^git clone (\S+)/.exec(command)?.[1] ?? []);
    expect(clones).toEqual([`https://github.com/${mcpName.replace(/^io\.github\./, '')}.git`]);
  });

  it('is reached from the README', () => {
    const [readme = { path: '', text: '' }, ...others] = pages;
    const unlinked = others.map(({ path }) => path).filter((path) => !linksOf(readme).includes(path));
    expect(unlinked).toEqual([]);
  });

  it('shows only commands that exist', () => {
    const wrong = pages.flatMap((page) =>
      shownBy(page).flatMap(({ place, command }) => {
        const fault = commandFault(command);
        return fault === null ? [] : [`${place}: ${command}: ${fault}`];
      }),
    );
    expect(wrong).toEqual([]);
    expect(pages.flatMap(shownBy).length).toBeGreaterThan(40);
  });

  it('shows commands that execute.test.ts executes each, or it is said why not; and no row of the tables is left over', () => {
    const rows = [...EXECUTED, ...EXECUTED_HERE, ...NOT_EXECUTED].map(([pattern]) => pattern);
    const commands = pages.filter(({ path }) => path !== 'CHANGELOG.md').flatMap(shownBy);
    const rowsOf = (command: string) => rows.filter((pattern) => pattern.test(plain(command)));
    expect(
      commands
        .filter(({ command }) => rowsOf(command).length !== 1)
        .map(({ place, command }) => `${place}: ${command}: ${rowsOf(command).length} rows`),
    ).toEqual([]);
    expect(rows.filter((row) => !commands.some(({ command }) => row.test(plain(command))))).toEqual([]);
  });

  it('shows commands only in blocks that are read for commands', () => {
    expect(pages.flatMap(hiddenIn)).toEqual([]);
    expect(pages.filter(({ text }) => /^[ \t]+`{3}/m.test(text))).toEqual([]);
  });

  it('names only flags that exist', () => {
    const flags = knownFlags();
    const others = ['--target'];
    const unknown = pages.flatMap((page) =>
      spansOf(page)
        .filter((span) => /^--\w/.test(span))
        .filter((span) => ![...flags, ...others].includes(span.split(' ')[0] ?? ''))
        .map((span) => `${page.path}: ${span}`),
    );
    expect(unknown).toEqual([]);
  });

  it('names nothing of the machine it was made on', () => {
    const found = pages.flatMap((page) =>
      [`${tmpdir()}/`, ROOT]
        .filter((path) => page.text.includes(path))
        .map((path) => `${page.path}: ${path}`),
    );
    expect(found).toEqual([]);
  });
});

describe('the checks themselves', () => {
  it.each([
    ['gpu-cloud-mcp fly', 'there is no subcommand fly'],
    ['npx -y gpu-cloud-mcp serve --wings', 'serve has no flag --wings'],
    ['claude mcp add x -- node /path/to/gpu-cloud-mcp/dist/index.js --wings', 'serve has no flag --wings'],
    ['node dist/index.js --max-pods', '--max-pods needs a value'],
    ["gpu-cloud-mcp call --sandbox fly_pod '{}'", 'there is no tool fly_pod'],
    ["gpu-cloud-mcp call list_pods '{a}'", 'the arguments are no JSON: {a}'],
    ['gpu-cloud-mcp call list_pods wings=2', 'list_pods takes no wings'],
    ['npm run fly', 'there is no script fly'],
  ])('find the fault in: %s', (line, fault) => {
    expect(commandFault(line)).toBe(fault);
  });

  it.each([
    'gpu-cloud-mcp',
    'gpu-cloud-mcp --sandbox   # a comment --with --flags',
    `gpu-cloud-mcp call --sandbox list_machines '{"gpu": "H100"}'`,
    'gpu-cloud-mcp call --sandbox list_machines gpu=H100 limit=5',
    'gpu-cloud-mcp ssh train-1 -- ls --all',
    'npm test',
    'curl -s http://127.0.0.1:8585/sandbox',
  ])('let pass: %s', (line) => {
    expect(commandFault(line)).toBeNull();
  });

  it('find commands in blocks and spans, over continued lines and behind exports, but not in names', () => {
    const text =
      'Run `npm run x`, not `npm` nor `gpu-cloud-mcp`.\n\n```sh\nexport A=1 # one\nnpx y \\\n  --z "# no comment"\n```\n\n```text\nnpm run hidden\n```\n';
    const page = { path: 'x.md', text };
    expect(shownBy(page)).toEqual([
      { place: 'x.md:3', command: 'export A=1', exports: [] },
      { place: 'x.md:3', command: 'npx y --z "# no comment"', exports: ['export A=1'] },
      { place: 'x.md', command: 'npm run x', exports: [] },
    ]);
    expect(hiddenIn(page)).toEqual(['x.md:9: npm run hidden']);
    expect(plain('node /path/to/gpu-cloud-mcp/dist/index.js --sandbox')).toBe('gpu-cloud-mcp --sandbox');
    expect(plain('node dist/index.jsx')).toBe('node dist/index.jsx');
  });

  it('know anchors, fences and markers', () => {
    const page = { path: 'x.md', text: "# What's new: `a_b` (now)\n\n```sh\n# no heading\n```\n" };
    expect(anchorsOf(page)).toEqual(['whats-new-a_b-now']);
    expect(block('text', 'a ``` b')).toBe('````text\na ``` b\n````');
    expect(between('a <!-- x:begin -->old<!-- x:end --> b', 'x', 'new')).toBe(
      'a <!-- x:begin -->\nnew\n<!-- x:end --> b',
    );
    expect(() => between('nothing', 'x', 'new')).toThrow(naming('<!-- x:begin -->', '<!-- x:end -->'));
    expect(table(['a'], [['x\n|y']])).toBe('| a |\n|---|\n| x \\|y |');
    expect(wholeText('Stop it.[volt: Volt: pauses.][nebula: ; Nebula: not]')).toBe(
      'Stop it. Volt: pauses.; Nebula: not',
    );
  });
});
