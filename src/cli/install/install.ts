import { ConfigError } from '../../config/read.ts';
import { oneOf, readOption } from '../../config/values.ts';
import { invoked } from '../invocation.ts';
import { type Place, SCOPES, type Scope } from './clients/client.ts';
import { CLIENT_IDS, CLIENTS, findClient, isInstalled, meantClients } from './clients/index.ts';
import { type InstallContext, type InstallFlags, openInstallContext } from './context.ts';
import { DEFAULT_NAME } from './entry.ts';
import { GENERIC, genericText } from './generic.ts';
import { offerToDeleteKeys, plannedCleanup } from './key-cleanup.ts';
import { KEY_HOMES, KEYED_CLOUDS } from './keys.ts';
import { carryOut, type InstallPlan, planInstall, planRemoval, type Target } from './plan.ts';
import { dropQuestion, outputOf, perform, showBackup, showPlan } from './report.ts';
import { runWizard } from './wizard.ts';

/** Refuses flags about keys if no key is needed. @throws ConfigError */
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
  const home = flags.keys === undefined ? null : readOption('--keys', oneOf(KEY_HOMES), flags.keys);
  return { kind: 'clouds', keys: { home, files, typed: {} } };
}

/** The scope that a command line names. @throws ConfigError */
const scopeOf = ({ scope }: { scope?: string }): Scope =>
  readOption('--scope', oneOf(SCOPES), scope ?? 'user');

function missingClient(place: Place): ConfigError {
  const rows = CLIENTS.map(
    (client) =>
      `  ${client.id.padEnd(16)}${client.title}${isInstalled(client, place) ? ' (found here)' : ''}`,
  );
  return new ConfigError(
    [
      'Name the client to install into:',
      ...rows,
      `For example: ${invoked()} install cursor --sandbox`,
      'On a terminal, install without a name asks.',
    ].join('\n'),
  );
}

const KEPT =
  'The entry that is there works on your real accounts, and the simulator would take its place. Nothing was changed: add --replace if you want that, or --name to have both.';

/** Asks before the simulator replaces an entry for real accounts. @throws ConfigError if nobody agrees */
async function agreeToReplace(
  plans: readonly InstallPlan[],
  { replace }: InstallFlags,
  context: InstallContext,
): Promise<void> {
  const dropped = plans.find(({ dropsRealAccounts }) => dropsRealAccounts);
  if (dropped === undefined || replace === true) return;
  if ((await context.ask?.(dropQuestion(dropped))) !== true) throw new ConfigError(KEPT);
}

/** What a dry run says. `refused` and `asks`: by such an install the simulator takes the place of real accounts. */
export const DRY_RUN = {
  would_write: 'Dry run: nothing was written. The same without --dry-run writes it.',
  no_change: 'Dry run: there is nothing to change.',
  refused:
    'Dry run: nothing was written. Without --dry-run it is refused: the simulator would take the place of your real accounts, and nobody can be asked here. --replace allows it.',
  asks: 'Dry run: nothing was written. Without --dry-run it asks first: the simulator would take the place of your real accounts.',
} as const;

/** What the same command without --dry-run would do. */
function dryRunText(plans: readonly InstallPlan[], flags: InstallFlags, context: InstallContext): string[] {
  if (plans.some(({ dropsRealAccounts }) => dropsRealAccounts) && flags.replace !== true)
    return [context.ask === null ? DRY_RUN.refused : DRY_RUN.asks];
  const differs = plans.some(({ diff, keyFiles }) => diff.length > 0 || keyFiles.length > 0);
  const cleanup =
    flags.sandbox === true || flags.http !== undefined ? plannedCleanup(flags, context, plans) : null;
  return [differs ? DRY_RUN.would_write : DRY_RUN.no_change, ...(cleanup === null ? [] : [cleanup])];
}

/**
 * `gpu-cloud-mcp install CLIENT`: writes our entry into the client's own file and proves it by a handshake and one read
 * with each key. Without a client a wizard asks, on a terminal. Exit code 1 if a proof failed. @throws ConfigError
 */
export async function install(
  id: string | undefined,
  flags: InstallFlags,
  context: InstallContext = openInstallContext(),
): Promise<void> {
  if (id === undefined) {
    if (context.ask === null) throw missingClient(context.place);
    return runWizard(context);
  }
  const client = findClient(id);
  const output = outputOf(context);
  const target = targetOf(flags);
  if (client === undefined) {
    context.print(genericText(id, flags.name ?? DEFAULT_NAME, flags, target, context));
    process.exitCode = id === GENERIC ? 0 : 1;
    return;
  }
  const name = flags.name ?? DEFAULT_NAME;
  const plans = planInstall({ client, scope: scopeOf(flags), name, target }, context);
  const differs = plans.some(({ diff }) => diff.length > 0);
  for (const plan of plans) if (plan.diff.length > 0) showPlan(plan, context);
  for (const note of plans[0]?.notes ?? []) output.warn(note);
  if (flags.dryRun === true) {
    for (const line of dryRunText(plans, flags, context)) output.say(line);
    return;
  }
  await agreeToReplace(plans, flags, context);
  if (!(await perform(plans, context, flags.verify !== false))) process.exitCode = 1;
  if (target.kind !== 'clouds') await offerToDeleteKeys(flags, context, differs);
}

const unknown = (id: string): ConfigError =>
  new ConfigError(
    `"${id}" is not a client that this installer knows.${meantClients(id) ?? ''} Known: ${CLIENT_IDS}.`,
  );

/**
 * `gpu-cloud-mcp uninstall CLIENT`: removes our entries (those of earlier versions had another name) and nothing else,
 * after a backup, and offers to delete keys that no client uses any more. @throws ConfigError
 */
export async function uninstall(
  id: string,
  flags: Pick<InstallFlags, 'scope' | 'name' | 'dryRun' | 'deleteKeys'>,
  context: InstallContext = openInstallContext(),
): Promise<void> {
  const client = findClient(id);
  if (client === undefined) throw unknown(id);
  const { print } = context;
  const output = outputOf(context);
  const name = flags.name ?? DEFAULT_NAME;
  const plans = planRemoval({ client, scope: scopeOf(flags), name }, context);
  if (plans.length === 0) print(`${client.title} has no server "${name}" in that file: nothing to remove.`);
  for (const plan of plans) showPlan(plan, context);
  if (flags.dryRun === true) {
    if (plans.length > 0) print(DRY_RUN.would_write);
    const cleanup = plannedCleanup(flags, context, plans);
    if (cleanup !== null) output.say(cleanup);
    return;
  }
  for (const plan of plans) {
    const { backup } = carryOut(plan, context.now());
    const names = plan.names.map((one) => `"${one}"`).join(' and ');
    output.good(
      `${client.title}: ${names} ${plan.names.length === 1 ? 'is' : 'are'} removed; everything else is as it was.`,
    );
    if (backup !== null) showBackup(backup, context);
  }
  await offerToDeleteKeys(flags, context, plans.length > 0);
}
