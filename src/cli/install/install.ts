import { homedir } from 'node:os';
import { choose } from '../../config/errors.ts';
import { ConfigError, environment, readConfig } from '../../config/read.ts';
import { marked } from '../terminal/layout.ts';
import type { Paint } from '../terminal/paint.ts';
import { screenOf } from '../terminal/screen.ts';
import { type Place, SCOPES, type Scope } from './clients/client.ts';
import { CLIENTS, findClient, isInstalled } from './clients/index.ts';
import type { DiffLine } from './diff.ts';
import { DEFAULT_NAME } from './entry.ts';
import { KEY_HOMES, KEYED_CLOUDS } from './keys.ts';
import { carryOut, type FilePlan, type InstallPlan, planInstall, type Target } from './plan.ts';
import { type Verdict, verify } from './verify.ts';

/** The command line of `install`, as commander reads it. */
export interface InstallFlags {
  scope?: string;
  http?: string;
  sandbox?: boolean;
  keys?: string;
  name?: string;
  dryRun?: boolean;
  verify?: boolean;
  /** The files that hold keys: `<cloud>KeyFile`. */
  [keyFile: `${string}KeyFile`]: string;
}

/** What the installer touches: the machine, the running script, where private files go, and how it prints. */
export interface Bench {
  place: Place;
  script: string;
  stateDir: string;
  now: () => Date;
  print: (text: string) => void;
  paint: Paint;
  columns: number;
  verify: (plan: InstallPlan) => Promise<Verdict>;
}

/** The real machine. */
export function openBench(): Bench {
  const env = environment();
  const { paint, prose } = screenOf(process.stdout);
  return {
    place: { platform: process.platform, home: homedir(), cwd: process.cwd(), env },
    script: process.argv[1] ?? '',
    stateDir: readConfig({ GPU_MCP_SANDBOX: 'true', GPU_MCP_HTTP: 'false' }).stateDir,
    now: () => new Date(),
    print: (text) => process.stdout.write(`${text}\n`),
    paint,
    columns: prose,
    verify: ({ server }) => verify(server, env),
  };
}

/** A difference as text, its signs painted. */
export const diffText = (lines: readonly DiffLine[], paint: Paint): string =>
  lines
    .map(({ sign, text }) => {
      if (sign === ' ') return paint('dim', `  ${text}`);
      return paint(sign === '+' ? 'good' : 'bad', `${sign} ${text}`);
    })
    .join('\n');

/** Flags about keys say nothing where no key is needed. @throws ConfigError */
function refuseKeyFlags(flags: InstallFlags, beside: string): void {
  const file = KEYED_CLOUDS.find(({ fileOption }) => flags[fileOption] !== undefined)?.fileFlag;
  const flag = flags.keys === undefined ? file : 'keys';
  if (flag === undefined) return;
  throw new ConfigError(
    `--${flag} means nothing with ${beside}, which needs no key in the entry. Leave one of the two out.`,
  );
}

function targetOf(flags: InstallFlags): Target {
  if (flags.http !== undefined && flags.sandbox === true)
    throw new ConfigError('--http and --sandbox exclude each other: start the server itself with --sandbox.');
  if (flags.http !== undefined) {
    refuseKeyFlags(flags, '--http');
    return { kind: 'http', url: flags.http };
  }
  if (flags.sandbox === true) {
    refuseKeyFlags(flags, '--sandbox');
    return { kind: 'sandbox' };
  }
  const files = Object.fromEntries(
    KEYED_CLOUDS.flatMap(({ id, fileOption }) => {
      const file = flags[fileOption];
      return file === undefined ? [] : [[id, file]];
    }),
  );
  const home = flags.keys === undefined ? null : choose('--keys', KEY_HOMES, flags.keys);
  return { kind: 'clouds', keys: { home, files, typed: {} } };
}

/** The scope that a command line names. @throws ConfigError */
export const scopeOf = ({ scope }: { scope?: string }): Scope => choose('--scope', SCOPES, scope ?? 'user');

function missingClient(place: Place): ConfigError {
  const rows = CLIENTS.map(
    (client) =>
      `  ${client.id.padEnd(16)}${client.title}${isInstalled(client, place) ? ' (found here)' : ''}`,
  );
  return new ConfigError(
    [
      'Name the client to install into:',
      ...rows,
      'For example: gpu-cloud-mcp install cursor --sandbox',
      'On a terminal, install without a name asks.',
    ].join('\n'),
  );
}

/** What the person reads about a plan before it is carried out. */
export function showPlan(plan: FilePlan, bench: Bench): void {
  const { print, paint } = bench;
  print(`${plan.before === '' ? 'New file' : 'File'} ${plan.file}`);
  print(diffText(plan.diff, paint));
}

/** What became of the entry. */
export const writtenText = ({ client, name, before, after }: InstallPlan): string =>
  before === after
    ? `${client.title}: "${name}" is already there as wanted; nothing to write.`
    : `${client.title}: "${name}" is written.`;

/** What to do about an entry that is written and does not work. */
export const AFTER_FAILURE =
  'The entry stays. gpu-cloud-mcp doctor looks for the reason; install again checks once more, uninstall takes the entry out.';

/** How the handshake went, in a sentence. */
export function verdictText(verdict: Verdict, { client, server }: InstallPlan): string {
  if (!verdict.ok) return `The server did not answer a handshake: ${verdict.problem}`;
  const tools = verdict.tools === 1 ? '1 tool' : `${verdict.tools} tools`;
  const how = server.kind === 'http' ? 'it answers at that URL and' : `started as ${client.title} will, it`;
  return `Verified: ${how} offers ${tools}.`;
}

/** Carries a plan out and reports; false where the server did not answer the handshake. */
export async function perform(plan: InstallPlan, bench: Bench, check: boolean): Promise<boolean> {
  const { print, paint, columns } = bench;
  const { backup } = carryOut(plan, bench.now());
  print(marked(paint('good', '✓'), writtenText(plan), columns));
  if (backup !== null) print(paint('dim', `  Backup: ${backup}`));
  if (check) {
    const verdict = await bench.verify(plan);
    print(marked(verdict.ok ? paint('good', '✓') : paint('bad', '✗'), verdictText(verdict, plan), columns));
    if (!verdict.ok) {
      print(marked(' ', AFTER_FAILURE, columns));
      return false;
    }
  }
  print(marked(' ', `Next: ${plan.client.next}`, columns));
  return true;
}

/**
 * `gpu-cloud-mcp install CLIENT`: writes our entry into the client's own file and proves it by a handshake. Without a
 * client a wizard asks, on a terminal. Exit code 1 where the handshake failed. @throws ConfigError
 */
export async function install(
  id: string | undefined,
  flags: InstallFlags,
  bench: Bench = openBench(),
): Promise<void> {
  if (id === undefined) {
    const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    if (!terminal) throw missingClient(bench.place);
    const { runWizard } = await import('./wizard.ts');
    return runWizard(bench);
  }
  const client = findClient(id);
  const { place, script, stateDir, print, paint, columns } = bench;
  const plan = planInstall({
    client,
    place,
    scope: scopeOf(flags),
    name: flags.name ?? DEFAULT_NAME,
    target: targetOf(flags),
    script,
    stateDir,
  });
  if (plan.diff.length > 0) showPlan(plan, bench);
  for (const note of plan.notes) print(marked(paint('warn', '!'), note, columns));
  if (flags.dryRun === true) {
    print(
      plan.diff.length > 0
        ? 'Dry run: nothing was written. The same without --dry-run writes it.'
        : 'Dry run: there is nothing to change.',
    );
    return;
  }
  if (!(await perform(plan, bench, flags.verify !== false))) process.exitCode = 1;
}
