import { beforeAll, describe, expect, it } from 'vitest';
import { testPostgres } from '../postgres/postgres.ts';
import { inspectBuilds, inspectImages, playCompose } from './container.ts';
import { entriesOf } from './entries.ts';
import { EXECUTED, EXECUTED_HERE } from './executed.ts';
import { tryEntry } from './follow.ts';
import { type Machine, openMachine, PAGES_STORE } from './machine.ts';
import { readPages } from './pages.ts';
import { endAll, startShell } from './shell.ts';
import { plain, type Shown, shownBy } from './shown.ts';

const PAGES = readPages().filter(({ path }) => path !== 'CHANGELOG.md');
/** Generous: a busy machine is slow, and what hangs ends here. */
const LIMIT_MS = 120_000;

/** Each once, by its key, however many pages show it; the first place represents all. */
const distinct = <T>(all: readonly T[], key: (one: T) => unknown): T[] =>
  [...new Map(all.toReversed().map((one) => [JSON.stringify(key(one)), one])).values()].reverse();

/** Whether a command can run here: some need the PostgreSQL that a page names. */
const isPossible = ({ exports }: Shown): boolean =>
  postgres !== null || !exports.some((line) => line.includes(PAGES_STORE));

const COMMANDS = distinct(PAGES.flatMap(shownBy), ({ exports, command }) => [exports, plain(command)]);
const ENTRIES = PAGES.flatMap(entriesOf);
let machine: Machine;
const postgres = await testPostgres();

beforeAll(async () => {
  machine = await openMachine(await postgres?.database());
  const team = startShell(['gpu-cloud-mcp serve --http --sandbox'], machine.folder, machine.environment());
  const [, url = ''] = await team.until(/"url":"([^"]+)"/);
  machine.server = new URL(url).origin;
  return async () => {
    await endAll();
    await machine.close();
  };
}, LIMIT_MS);

/** The commands of these rows, each with the check that follows it. */
const casesOf = (rows: typeof EXECUTED) =>
  rows.flatMap(([pattern, follow]) =>
    COMMANDS.filter(({ command }) => pattern.test(plain(command)))
      .filter(isPossible)
      .map((one) => [`${one.place}: ${one.command}`, one, follow] as const),
  );

describe('commands of the pages', () => {
  it.concurrent.each(casesOf(EXECUTED))(
    'do what the page says: %s',
    { timeout: LIMIT_MS },
    (_title, shown, follow) => follow(machine, shown),
  );

  it.each(casesOf(EXECUTED_HERE))('do what the page says: %s', (_title, shown, follow) =>
    follow(machine, shown),
  );
});

describe('the clients’ entries of the pages', () => {
  it('are there, of every form and behind four links', () => {
    expect(ENTRIES.filter(({ place }) => place.startsWith('docs/clients.md')).length).toBeGreaterThan(9);
    expect(ENTRIES.filter(({ place }) => place.includes('a link to'))).toHaveLength(4);
  });

  it.concurrent.each(
    distinct(ENTRIES, ({ place, ...rest }) => rest).map((entry) => [entry.place, entry] as const),
  )('start or reach a server that answers: %s', { timeout: LIMIT_MS }, (_place, entry) =>
    tryEntry(machine, entry),
  );
});

describe('the images', () => {
  it('are built from stages and files that are there', () =>
    inspectBuilds(COMMANDS.map(({ command }) => command).filter((one) => one.startsWith('docker build'))));
  it('serve stdio by default, and HTTP on request', inspectImages);
  it('serve a team as the example compose file says', { timeout: LIMIT_MS }, () => playCompose(machine));
});
