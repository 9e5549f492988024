import { beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../architecture/source.ts';
import { inspectImages, playCompose } from './container.ts';
import { entriesOf } from './entries.ts';
import { hiddenIn, plain, shownBy } from './listing.ts';
import { readPages } from './pages.ts';
import { openReader, type Reader } from './reader.ts';
import { RULES } from './rules.ts';
import { execute, ruleFor, tryEntry } from './run.ts';
import { endAll, startShell } from './shell.ts';

const PAGES = readPages().filter(({ path }) => path !== 'CHANGELOG.md');
/** Generous: a busy machine is slow, and what hangs ends here. */
const LIMIT_MS = 120_000;

/** Each once, by what counts of it, however many pages show it: the first place stands for all. */
const distinct = <T>(all: readonly T[], key: (one: T) => unknown): T[] =>
  [...new Map(all.toReversed().map((one) => [JSON.stringify(key(one)), one])).values()].reverse();

const COMMANDS = distinct(PAGES.flatMap(shownBy), ({ exports, command }) => [exports, command]);
const ENTRIES = PAGES.flatMap(entriesOf);
let reader: Reader;

beforeAll(async () => {
  reader = await openReader();
  const team = startShell(['gpu-cloud-mcp serve --http --sandbox'], reader.folder, reader.environment());
  const [, url = ''] = await team.until(/"url":"([^"]+)"/);
  reader.server = new URL(url).origin;
  return async () => {
    await endAll();
    await reader.close();
  };
}, LIMIT_MS);

describe('the commands of the pages', () => {
  it('stand where a test finds them', () => {
    expect(PAGES.flatMap(hiddenIn)).toEqual([]);
    expect(PAGES.filter(({ text }) => /^[ \t]+`{3}/m.test(text))).toEqual([]);
    expect(COMMANDS.length).toBeGreaterThan(40);
  });

  it('have a rule each, and no rule is left over', () => {
    const rules = COMMANDS.map(ruleFor);
    expect(RULES.filter((rule) => !rules.includes(rule))).toEqual([]);
  });

  it.concurrent.each(COMMANDS.map((shown) => [`${shown.page}: ${shown.command}`, shown] as const))(
    'do what the page says: %s',
    { timeout: LIMIT_MS },
    (_title, shown) => execute(reader, shown),
  );
});

describe('a machine without curl', () => {
  it('gets the same answers from the stand-in', { timeout: LIMIT_MS }, async () => {
    const calls = COMMANDS.filter(({ command }) => command.startsWith('curl '));
    expect(calls.length).toBeGreaterThan(5);
    const standIn = `node '${ROOT}test/docs/stand-ins/curl.mjs'`;
    for (const shown of calls)
      await execute(reader, { ...shown, command: shown.command.replace('curl', standIn) }, ruleFor(shown));
  });
});

describe('the clients’ entries of the pages', () => {
  it('are there, for ten clients and behind four links', () => {
    expect(ENTRIES.filter(({ place }) => place.startsWith('docs/clients.md')).length).toBeGreaterThan(9);
    expect(ENTRIES.filter(({ place }) => place.includes('a link to'))).toHaveLength(4);
  });

  it.concurrent.each(
    distinct(ENTRIES, ({ place, ...rest }) => rest).map((entry) => [entry.place, entry] as const),
  )('start or reach a server that answers: %s', { timeout: LIMIT_MS }, (_place, entry) =>
    tryEntry(reader, entry),
  );
});

describe('the images', () => {
  it('serve stdio unless they are told to serve HTTP', inspectImages);
  it('serve a team as the example compose file says', { timeout: LIMIT_MS }, () => playCompose(reader));
});

describe('a command that no rule knows', () => {
  it('fails with its place and what to add', () => {
    const [shown] = shownBy({ path: 'x.md', text: 'a\n\n```sh\ngpu-cloud-mcp fly   # up\n```\n' });
    expect(shown).toMatchObject({ line: 4, command: 'gpu-cloud-mcp fly' });
    expect(() => ruleFor(shown!)).toThrow(
      'x.md:4: no test executes "gpu-cloud-mcp fly". Add a rule to test/docs/rules.ts',
    );
  });

  it('is found in spans, over continued lines and behind exports, but not in names', () => {
    const text =
      'Run `npm run x`, not `npm` nor `gpu-cloud-mcp`.\n\n```sh\nexport A=1 # one\nnpx y \\\n  --z "# no comment"\n```\n\n```text\nnpm run hidden\n```\n';
    const page = { path: 'x.md', text };
    expect(shownBy(page)).toEqual([
      { page: 'x.md', line: 4, command: 'export A=1', exports: [] },
      { page: 'x.md', line: 6, command: 'npx y --z "# no comment"', exports: ['export A=1'] },
      { page: 'x.md', line: 1, command: 'npm run x', exports: [] },
    ]);
    expect(hiddenIn(page)).toEqual(['x.md:10: npm run hidden']);
    expect(plain('node /path/to/gpu-cloud-mcp/dist/index.js --sandbox')).toBe('gpu-cloud-mcp --sandbox');
    expect(plain('node dist/index.jsx')).toBe('node dist/index.jsx');
  });
});
