import { checkKey } from '../../config/clouds.ts';
import { blankToNone } from '../../config/values.ts';
import { messageOf } from '../../core/errors.ts';
import type { CloudId } from '../../core/ref.ts';
import { screenOf } from '../terminal/screen.ts';
import type { McpClient, Scope } from './clients/client.ts';
import { CLIENTS, isInstalled } from './clients/index.ts';
import type { InstallContext } from './context.ts';
import { DEFAULT_NAME, usesRealAccounts } from './entry.ts';
import { offerToDeleteKeys } from './key-cleanup.ts';
import { KEYED_CLOUDS, type KeyChoice, keyFile } from './keys.ts';
import { checkUrl, type InstallPlan, planInstall, type Target } from './plan.ts';
import { afterFailure, diffText, dropQuestion, proveKeys, proveServer, writePlans } from './report.ts';
import { readText } from './save.ts';
import { installedEntries } from './stored-keys.ts';
import { Cancelled, GUTTER, type Prompts, terminalPrompts } from './wizard-prompts.ts';

/** The questions of the wizard. */
export const QUESTIONS = {
  clients: 'Which clients should use the server?',
  target: 'What should they work on?',
  url: 'Its URL',
  clouds: 'Which clouds do you have an API key for?',
  keyHome: 'Where should the keys be kept?',
  key: (cloud: string) => `API key of ${cloud}`,
  keyFile: (cloud: string) => `File that holds only the key of ${cloud}`,
  scope: 'For which projects?',
  write: 'Write this?',
} as const;

/** The last line if the person said no or gave up. */
export const UNCHANGED = 'Nothing was changed.';
/** The last line if all of it worked. */
const DONE = 'Done. Now ask your agent, for example: find the cheapest H100.';

const COPIED = 'Anyone who can read the configuration can spend your money, and backups and sync copy it.';

type KeyAnswer = 'env' | 'store' | 'file' | 'literal';

/** The error of a check about a text; undefined if it is valid. */
function fault(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function askClients(prompts: Prompts, { place }: InstallContext): Promise<McpClient[]> {
  const rows = CLIENTS.map((client) => ({ client, here: isInstalled(client, place) })).sort(
    (a, b) => Number(b.here) - Number(a.here),
  );
  const ids = await prompts.chooseSome(
    QUESTIONS.clients,
    rows.map(({ client, here }) => ({
      value: client.id,
      label: client.title,
      ...(here && { hint: 'found here' }),
    })),
    rows.filter(({ here }) => here).map(({ client }) => client.id),
  );
  return CLIENTS.filter(({ id }) => ids.includes(id));
}

async function askKeys(
  prompts: Prompts,
  clients: readonly McpClient[],
  context: InstallContext,
): Promise<KeyChoice> {
  const { env } = context.place;
  const set = KEYED_CLOUDS.filter(({ variable }) => blankToNone(env[variable]) !== undefined);
  const clouds = await prompts.chooseSome<CloudId>(
    QUESTIONS.clouds,
    KEYED_CLOUDS.map(({ id, title, variable }) => ({
      value: id,
      label: title,
      ...(set.some((cloud) => cloud.id === id) && { hint: `${variable} is set here` }),
    })),
    set.map(({ id }) => id),
  );
  const canRefer = clients.every(({ references }) => references);
  const home = await prompts.choose<KeyAnswer>(QUESTIONS.keyHome, [
    { value: 'store', label: 'In a private file that I make for you', hint: 'works everywhere' },
    ...(canRefer
      ? [{ value: 'env' as const, label: 'In environment variables', hint: 'the entry names them' }]
      : []),
    { value: 'file', label: 'In files that I already have' },
    { value: 'literal', label: "In the client's own configuration", hint: 'plain text: not advised' },
  ]);
  if (home === 'literal') prompts.warn(COPIED);
  const choice: KeyChoice = { home: home === 'store' ? 'file' : home, files: {}, typed: {} };
  for (const { id, title, variable, dashboard } of KEYED_CLOUDS.filter((cloud) =>
    clouds.includes(cloud.id),
  )) {
    if (home === 'env') continue;
    if (home === 'file') {
      choice.files[id] = await prompts.text(
        QUESTIONS.keyFile(title),
        (path) => fault(() => checkKey(path, readText(path.trim()).trim())),
        blankToNone(env[`${variable}_FILE`]) ?? null,
      );
    } else {
      const stored = readText(keyFile(context.stateDir, id)).trim();
      const present = blankToNone(env[variable]) ?? blankToNone(stored);
      const place = blankToNone(env[variable]) === undefined ? 'stored before' : `in ${variable}`;
      const hint = present === undefined ? '' : ` (Enter: the one ${place})`;
      prompts.say(`Get a key of ${title}: ${dashboard}`);
      const typed = await prompts.secret(QUESTIONS.key(title) + hint, (key) =>
        fault(() => checkKey(variable, blankToNone(key) ?? present ?? '')),
      );
      if (typed.trim() !== '') choice.typed[id] = typed.trim();
    }
  }
  return choice;
}

async function askTarget(
  prompts: Prompts,
  clients: readonly McpClient[],
  context: InstallContext,
): Promise<Target> {
  const titles = clients.map(({ title }) => title);
  const real = installedEntries(context.place, context.script).some(
    ({ client, entry }) => titles.includes(client.title) && usesRealAccounts(entry),
  );
  const simulator = {
    value: 'sandbox',
    label: 'The built-in simulator',
    hint: 'no account, no money: try it first',
  } as const;
  const accounts = {
    value: 'clouds',
    label: `My accounts on ${KEYED_CLOUDS.map(({ title }) => title).join(' and ')}`,
    hint: real ? 'as now' : 'needs an API key',
  } as const;
  const kind = await prompts.choose<Target['kind']>(QUESTIONS.target, [
    ...(real ? [accounts, simulator] : [simulator, accounts]),
    ...(clients.every(({ http }) => http !== null)
      ? [{ value: 'http' as const, label: 'A server that already runs', hint: 'by its URL' }]
      : []),
  ]);
  if (kind === 'sandbox') return { kind };
  if (kind === 'clouds') return { kind, keys: await askKeys(prompts, clients, context) };
  const url = await prompts.text(
    QUESTIONS.url,
    (text) => fault(() => checkUrl(text)),
    'http://127.0.0.1:8484/mcp',
  );
  return { kind: 'http', url };
}

async function askScope(
  prompts: Prompts,
  clients: readonly McpClient[],
  context: InstallContext,
): Promise<Scope> {
  if (!clients.every(({ project }) => project !== null)) return 'user';
  return prompts.choose<Scope>(QUESTIONS.scope, [
    { value: 'user', label: 'All of mine' },
    { value: 'project', label: 'Only the one in this folder', hint: context.place.cwd },
  ]);
}

async function carryOutPlans(
  prompts: Prompts,
  plans: readonly (readonly InstallPlan[])[],
  context: InstallContext,
): Promise<boolean> {
  let isGood = true;
  for (const files of plans) {
    const [first] = files;
    if (first === undefined) continue;
    const { text, backups } = writePlans(files, context);
    const kept = backups.map((backup) => `Backup: ${backup}`);
    prompts.say([text, ...kept, 'Starting the server once …'].join('\n'));
    isGood = (await proveServer(first, context, prompts)) && isGood;
  }
  return (await proveKeys(plans[0]?.[0]?.keys ?? [], context, prompts)) && isGood;
}

/** Runs the whole conversation. False if a check failed. @throws Cancelled, ConfigError */
export async function wizard(prompts: Prompts, context: InstallContext): Promise<boolean> {
  prompts.intro('gpu-cloud-mcp: GPU clouds for your agent');
  const clients = await askClients(prompts, context);
  const target = await askTarget(prompts, clients, context);
  const scope = await askScope(prompts, clients, context);
  const plans = clients.map((client) => planInstall({ client, scope, name: DEFAULT_NAME, target }, context));
  for (const plan of plans.flat()) {
    const same = plan.diff.length === 0;
    prompts.note(
      same ? 'Already there as wanted.' : diffText(plan.diff, context.paint, context.columns - GUTTER),
      `${plan.client.title}: ${plan.file}`,
    );
  }
  for (const note of new Set(plans.flat().flatMap(({ notes }) => notes))) prompts.warn(note);
  for (const plan of plans.flat().filter(({ dropsRealAccounts }) => dropsRealAccounts)) {
    if (await prompts.confirm(dropQuestion(plan))) continue;
    prompts.outro(UNCHANGED);
    return false;
  }
  if (!(await prompts.confirm(QUESTIONS.write))) {
    prompts.outro(UNCHANGED);
    return false;
  }
  const allGood = await carryOutPlans(prompts, plans, context);
  if (target.kind !== 'clouds')
    await offerToDeleteKeys({}, { ...context, ask: prompts.confirm }, true, prompts);
  prompts.note(clients.map(({ title, next }) => `${title}: ${next}`).join('\n'), 'Next');
  prompts.outro(allGood ? DONE : afterFailure());
  return allGood;
}

/**
 * The wizard on the terminal. Exit code 1 if the person says no or a proof failed, 130 if a question is given
 * up (Ctrl-C, Esc). @throws ConfigError
 */
export async function runWizard(
  context: InstallContext,
  prompts: Prompts = terminalPrompts(screenOf(process.stdout).color),
): Promise<void> {
  try {
    if (!(await wizard(prompts, context))) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    prompts.outro(UNCHANGED);
    process.exitCode = 130;
  }
}
