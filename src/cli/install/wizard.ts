import { checkKey } from '../../config/keys.ts';
import { blankToNone } from '../../config/values.ts';
import { wrap } from '../terminal/layout.ts';
import { screenOf } from '../terminal/screen.ts';
import type { McpClient, Scope } from './clients/client.ts';
import { CLIENTS, isInstalled } from './clients/index.ts';
import { DEFAULT_NAME } from './entry.ts';
import { AFTER_FAILURE, type Bench, diffText, verdictText, writtenText } from './install.ts';
import { KEYED_CLOUDS, type KeyedCloud, type KeyWish } from './keys.ts';
import { carryOut, checkUrl, type InstallPlan, planInstall, type Target } from './plan.ts';
import { readText } from './save.ts';
import { Cancelled, type Prompts, terminalPrompts } from './wizard-prompts.ts';

/** What the prompts put before each line. */
const GUTTER = 3;

const COPIED = 'Whoever can read the configuration can spend your money, and backups and sync copy it.';

const UNCHANGED = 'Nothing was changed.';
const DONE = 'Done. Now ask your agent, for example: find the cheapest H100.';

type KeyAnswer = 'env' | 'store' | 'file' | 'literal';

/** What a check has against a text; undefined where it is fine. */
function fault(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const prose = (text: string, { columns }: Bench): string => wrap(text, columns - GUTTER, '');

async function askClients(prompts: Prompts, { place }: Bench): Promise<McpClient[]> {
  const rows = CLIENTS.map((client) => ({ client, here: isInstalled(client, place) })).sort(
    (a, b) => Number(b.here) - Number(a.here),
  );
  const ids = await prompts.chooseSome(
    'Which clients shall get the server?',
    rows.map(({ client, here }) => ({
      value: client.id,
      label: client.title,
      ...(here && { hint: 'found here' }),
    })),
    rows.filter(({ here }) => here).map(({ client }) => client.id),
  );
  return CLIENTS.filter(({ id }) => ids.includes(id));
}

async function askKeys(prompts: Prompts, clients: readonly McpClient[], bench: Bench): Promise<KeyWish> {
  const { env } = bench.place;
  const set = KEYED_CLOUDS.filter(({ variable }) => blankToNone(env[variable]) !== undefined);
  const clouds = await prompts.chooseSome<KeyedCloud>(
    'Which clouds do you have an API key for?',
    KEYED_CLOUDS.map(({ id, title, variable }) => ({
      value: id,
      label: title,
      ...(set.some((cloud) => cloud.id === id) && { hint: `${variable} is set here` }),
    })),
    set.map(({ id }) => id),
  );
  const canRefer = clients.every(({ references }) => references);
  const home = await prompts.choose<KeyAnswer>('Where shall the keys live?', [
    { value: 'store', label: 'In a private file that I make for you', hint: 'works everywhere' },
    ...(canRefer
      ? [{ value: 'env' as const, label: 'In environment variables', hint: 'the entry names them' }]
      : []),
    { value: 'file', label: 'In files that I already have' },
    { value: 'literal', label: "In the client's own configuration", hint: 'plain text: not advised' },
  ]);
  if (home === 'literal') prompts.warn(prose(COPIED, bench));
  const wish: KeyWish = { home: home === 'store' ? 'file' : home, files: {}, typed: {} };
  for (const { id, title, variable } of KEYED_CLOUDS.filter((cloud) => clouds.includes(cloud.id))) {
    if (home === 'env') continue;
    if (home === 'file') {
      wish.files[id] = await prompts.text(
        `File that holds only the key of ${title}`,
        (path) => fault(() => checkKey(path, readText(path.trim()).trim())),
        blankToNone(env[`${variable}_FILE`]) ?? null,
      );
    } else {
      const present = blankToNone(env[variable]);
      const hint = present === undefined ? '' : ` (Enter: the one in ${variable})`;
      const typed = await prompts.secret(`API key of ${title}${hint}`, (key) =>
        fault(() => checkKey(variable, blankToNone(key) ?? present ?? '')),
      );
      if (typed.trim() !== '') wish.typed[id] = typed.trim();
    }
  }
  return wish;
}

async function askTarget(prompts: Prompts, clients: readonly McpClient[], bench: Bench): Promise<Target> {
  const kind = await prompts.choose('What shall they talk to?', [
    { value: 'sandbox', label: 'The built-in simulator', hint: 'no account, no money: try it first' },
    {
      value: 'clouds',
      label: `My accounts on ${KEYED_CLOUDS.map(({ title }) => title).join(' and ')}`,
      hint: 'needs an API key',
    },
    ...(clients.every(({ http }) => http !== null)
      ? [{ value: 'http' as const, label: 'A server that already runs', hint: 'by its URL' }]
      : []),
  ]);
  if (kind === 'sandbox') return { kind };
  if (kind === 'clouds') return { kind, keys: await askKeys(prompts, clients, bench) };
  const url = await prompts.text(
    'Its URL',
    (text) => fault(() => checkUrl(text)),
    'http://127.0.0.1:8484/mcp',
  );
  return { kind: 'http', url };
}

async function askScope(prompts: Prompts, clients: readonly McpClient[], bench: Bench): Promise<Scope> {
  if (!clients.every(({ project }) => project !== null)) return 'user';
  return prompts.choose<Scope>('For which projects?', [
    { value: 'user', label: 'All of mine' },
    { value: 'project', label: 'Only the one in this folder', hint: bench.place.cwd },
  ]);
}

async function carryOutPlans(
  prompts: Prompts,
  plans: readonly InstallPlan[],
  bench: Bench,
): Promise<boolean> {
  let allGood = true;
  for (const plan of plans) {
    const { backup } = carryOut(plan, bench.now());
    const kept = backup === null ? [] : [`Backup: ${backup}`];
    prompts.say([prose(writtenText(plan), bench), ...kept, 'Starting the server once …'].join('\n'));
    const verdict = await bench.verify(plan);
    const text = prose(verdictText(verdict, plan), bench);
    if (verdict.ok) prompts.good(text);
    else prompts.bad(text);
    allGood &&= verdict.ok;
  }
  return allGood;
}

/** The whole conversation; false where a server did not answer its handshake. @throws Cancelled, ConfigError */
export async function wizard(prompts: Prompts, bench: Bench): Promise<boolean> {
  prompts.intro('gpu-cloud-mcp: GPU clouds for your agent');
  const clients = await askClients(prompts, bench);
  const target = await askTarget(prompts, clients, bench);
  const scope = await askScope(prompts, clients, bench);
  const { place, script, stateDir } = bench;
  const plans = clients.map((client) =>
    planInstall({ client, place, scope, name: DEFAULT_NAME, target, script, stateDir }),
  );
  for (const plan of plans) {
    const same = plan.diff.length === 0;
    prompts.note(
      same ? 'Already there as wanted.' : diffText(plan.diff, bench.paint),
      `${plan.client.title}: ${plan.file}`,
    );
  }
  for (const note of new Set(plans.flatMap(({ notes }) => notes))) prompts.warn(prose(note, bench));
  if (!(await prompts.confirm('Write this?'))) {
    prompts.outro(UNCHANGED);
    return false;
  }
  const allGood = await carryOutPlans(prompts, plans, bench);
  const next = plans.map(({ client }) =>
    wrap(`${client.title}: ${client.next}`, bench.columns - GUTTER, '  '),
  );
  prompts.note(next.join('\n'), 'Next');
  prompts.outro(prose(allGood ? DONE : AFTER_FAILURE, bench).replaceAll('\n', '\n   '));
  return allGood;
}

/**
 * The wizard on the terminal. Exit code 1 where the person says no or a handshake failed, 130 where a question is given
 * up (Ctrl-C, Esc). @throws ConfigError
 */
export async function runWizard(
  bench: Bench,
  prompts: Prompts = terminalPrompts(screenOf(process.stdout).color),
): Promise<void> {
  try {
    if (!(await wizard(prompts, bench))) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    prompts.outro(UNCHANGED);
    process.exitCode = 130;
  }
}
