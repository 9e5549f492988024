import { printable } from '../config-values.ts';
import type { McpClient, Scope } from './clients/client.ts';
import { CLIENTS, isInstalled } from './clients/index.ts';
import { type Bench, diffText, verdictLine } from './install.ts';
import { DEFAULT_NAME } from './install-entry.ts';
import { KEYED_CLOUDS, type KeyedCloud, type KeyWish } from './install-keys.ts';
import { carryOut, checkUrl, type InstallPlan, planInstall, type Target } from './install-plan.ts';
import { readText } from './install-save.ts';
import { wantsColour, wrap } from './paint.ts';
import { Cancelled, type Prompts, terminalPrompts } from './wizard-prompts.ts';

const COPIED = 'Whoever can read the configuration can spend your money, and backups and sync copy it.';

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
  const set = KEYED_CLOUDS.filter(({ variable }) => (env[variable] ?? '').trim() !== '');
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
  if (home === 'literal') prompts.warn(wrap(COPIED, 76, ''));
  const wish: KeyWish = { home: home === 'store' ? 'file' : home, files: {}, typed: {} };
  for (const { id, title, variable } of KEYED_CLOUDS.filter((cloud) => clouds.includes(cloud.id))) {
    if (home === 'env') continue;
    if (home === 'file') {
      wish.files[id] = await prompts.text(
        `File that holds only the key of ${title}`,
        (path) => fault(() => printable(path, readText(path.trim()).trim())),
        env[`${variable}_FILE`] ?? '/path/to/key',
      );
    } else {
      wish.typed[id] = await prompts.secret(`API key of ${title}`, (key) =>
        fault(() => printable(variable, key.trim())),
      );
    }
  }
  return wish;
}

async function askTarget(prompts: Prompts, clients: readonly McpClient[], bench: Bench): Promise<Target> {
  const kind = await prompts.choose('What shall they talk to?', [
    { value: 'sandbox', label: 'The built-in simulator', hint: 'no account, no money: try it first' },
    { value: 'clouds', label: 'My accounts on Volt and Nebula Block', hint: 'needs an API key' },
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
    const { backup } = await carryOut(plan, bench.now());
    if (backup !== null) prompts.say(`${plan.client.title}: the file as it was is now\n${backup}`);
    const verdict = await prompts.during(
      `${plan.client.title}: starting the server as the client will …`,
      () => bench.verify(plan),
      (result) => verdictLine(result, plan, bench.paint),
    );
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
  for (const note of new Set(plans.flatMap(({ notes }) => notes))) prompts.warn(wrap(note, 76, ''));
  if (!(await prompts.confirm('Write this?'))) throw new Cancelled('declined');
  const good = await carryOutPlans(prompts, plans, bench);
  prompts.outro(plans.map(({ client }) => wrap(`${client.title}: ${client.next}`, 76, '   ')).join('\n   '));
  return good;
}

/** The wizard on the terminal. Exit code 1 where it was given up or a handshake failed. @throws ConfigError */
export async function runWizard(
  bench: Bench,
  prompts: Prompts = terminalPrompts(wantsColour(process.stdout.isTTY === true)),
): Promise<void> {
  try {
    if (!(await wizard(prompts, bench))) process.exitCode = 1;
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    prompts.outro('Nothing was changed.');
    process.exitCode = 1;
  }
}
