import { beforeAll, describe, expect, it } from 'vitest';
import { inspectBuilds, inspectImages, playCompose } from './container.ts';
import { entriesOf } from './entries.ts';
import { type Follow, registers, says, servesHttp, servesStdio, tryEntry } from './follow.ts';
import { type Machine, openMachine, TOKEN } from './machine.ts';
import { readPages } from './pages.ts';
import { endAll, startShell } from './shell.ts';
import { plain, shownBy } from './shown.ts';

const PAGES = readPages().filter(({ path }) => path !== 'CHANGELOG.md');
/** Generous: a busy machine is slow, and what hangs ends here. */
const LIMIT_MS = 120_000;

/** The commands of the pages that are executed, and what must become of them. docs.test.ts checks that the others exist. */
const EXECUTED: readonly (readonly [command: RegExp, follow: Follow])[] = [
  [/^gpu-cloud-mcp install cursor --sandbox$/, says(/Verified: .* offers \d\d tools\./)],
  [/^gpu-cloud-mcp tools --sandbox$/, says(/^create_pod +spend +asks first +~\d+ +Rent a machine/m)],
  [/^gpu-cloud-mcp call --sandbox list_machines/, says(/^\[sandbox: .*\nmachine \| gpu .*H100/s)],
  [/^gpu-cloud-mcp call list_pods$/, says(/No pods\./)],
  [/^gpu-cloud-mcp watch --once$/, says(/Burning|Nothing is running/)],
  [/^gpu-cloud-mcp audit --csv$/, says(/^at,mode,tool,ref/m)],
  [/^gpu-cloud-mcp doctor$/, says(/Volt accepts the key.*All is well\./s)],
  [/^gpu-cloud-mcp serve --http/, servesHttp(TOKEN)],
  [/^(?:claude|codex) mcp add /, registers],
  [/^docker run -i --rm /, servesStdio],
  [/^docker run --rm -p .*:http$/, servesHttp(TOKEN)],
  [/^curl \S+ \S+\/healthz$/, says(/"status":"ok"/)],
  [/^curl \S+ \S+\/readyz$/, says(/"volt":"/)],
  [/^curl \S+ \S+\/metrics$/, says(/^# TYPE gpu_mcp_tool_calls_total counter$/m)],
  [/^curl \S+ \S+\/volt\/machines /, says(/mach_h100_03/)],
  [/^curl \S+ \S+\/users\/credits /, says(/1228\.5/)],
  [/^curl \S+ \S+\/sandbox\/clock .*advance_seconds/, says(/"now":"20/)],
  [/^curl \S+ \S+\/sandbox\/price /, says(/3\.1/)],
  [/^curl \S+ \S+\/sandbox\/ledger$/, says(/"balances?"/)],
  [/^curl \S+ \S+\/sandbox\/faults .*drop_after_commit/, says(/drop_after_commit/)],
];

/** Each once, by what counts of it, however many pages show it: the first place stands for all. */
const distinct = <T>(all: readonly T[], key: (one: T) => unknown): T[] =>
  [...new Map(all.toReversed().map((one) => [JSON.stringify(key(one)), one])).values()].reverse();

const COMMANDS = distinct(PAGES.flatMap(shownBy), ({ exports, command }) => [exports, plain(command)]);
const ENTRIES = PAGES.flatMap(entriesOf);
let machine: Machine;

beforeAll(async () => {
  machine = await openMachine();
  const team = startShell(['gpu-cloud-mcp serve --http --sandbox'], machine.folder, machine.environment());
  const [, url = ''] = await team.until(/"url":"([^"]+)"/);
  machine.server = new URL(url).origin;
  return async () => {
    await endAll();
    await machine.close();
  };
}, LIMIT_MS);

describe('commands of the pages', () => {
  const found = EXECUTED.map(([pattern, follow]) => ({
    pattern,
    follow,
    shown: COMMANDS.filter(({ command }) => pattern.test(plain(command))),
  }));

  it('are there for every row of the table', () => {
    expect(found.filter(({ shown }) => shown.length === 0).map(({ pattern }) => pattern)).toEqual([]);
  });

  it.concurrent.each(
    found.flatMap(({ follow, shown }) =>
      shown.map((one) => [`${one.place}: ${one.command}`, one, follow] as const),
    ),
  )('do what the page says: %s', { timeout: LIMIT_MS }, (_title, shown, follow) => follow(machine, shown));
});

describe('the clients’ entries of the pages', () => {
  it('are there, for ten clients and behind four links', () => {
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
  it('serve stdio unless they are told to serve HTTP', inspectImages);
  it('serve a team as the example compose file says', { timeout: LIMIT_MS }, () => playCompose(machine));
});
