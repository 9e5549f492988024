import { existsSync, statSync } from 'node:fs';
import { CLOUDS } from '../../clouds/index.ts';
import { type Money, moneyOf } from '../../config/money.ts';
import type { Config } from '../../config/read.ts';
import { messageOf } from '../../core/errors.ts';
import { counted, dollars } from '../../core/text.ts';
import { proxyName } from '../../outbound/proxies.ts';
import { CLIENTS } from '../install/clients/index.ts';
import { searchFiles } from '../install/stored-keys.ts';
import { invoked } from '../invocation.ts';
import {
  bad,
  type Check,
  type CheckResult,
  type DoctorDeps,
  good,
  isSandbox,
  keyStateOf,
  skipped,
} from './doctor-check.ts';

const FIX =
  'Check GPU_MCP_STORE_URL, that PostgreSQL runs, and that it takes connections from this machine. Until then nothing that spends is sent.';

/** Reads the versions of a database and of its schema. Changes nothing. */
async function checkStore(url: string): Promise<CheckResult> {
  const [{ createDatabase }, { schemaStatus, unfitness }, { notifyArrives }] = await Promise.all([
    import('../../store/postgres/database.ts'),
    import('../../store/postgres/migrate.ts'),
    import('../../store/postgres/outbox.ts'),
  ]);
  const database = createDatabase(url);
  try {
    const status = await schemaStatus(database);
    const started = performance.now();
    const [row] = await database.read<{ version: string; durable: string }>(
      `select current_setting('server_version') as version, current_setting('synchronous_commit') as durable`,
    );
    const ms = Math.max(1, Math.round(performance.now() - started));
    const unfit = unfitness(status);
    const line = `Store: PostgreSQL ${row?.version.split(' ')[0]} at ${database.name} answers in ${ms} ms`;
    if (unfit !== null) return bad(`${line}, but ${unfit}`, 'Install the version of the other replicas.');
    if (row?.durable === 'off')
      return bad(
        `${line}, but may forget orders in a crash (synchronous_commit = off)`,
        'Set synchronous_commit to on for this database.',
      );
    const schema =
      status.pending.length === 0
        ? `schema ${status.version}`
        : `schema ${status.version}, which the first start or ${invoked()} db migrate updates to ${status.known}`;
    const pace = (await notifyArrives(database))
      ? ''
      : '; NOTIFY does not arrive, as behind a pooler in transaction mode, so replicas learn of each other within 2 s instead of at once';
    return good(`${line}, ${schema}, for all replicas${pace}`);
  } catch (error) {
    return bad(`Store: ${messageOf(error)}`, FIX);
  } finally {
    await database.close();
  }
}

/** Checks the store of orders, leases and consents. Shows no user and no password. */
const store = ({ storeUrl }: Config): Promise<CheckResult> | CheckResult =>
  storeUrl === null
    ? good('Store: files in the state directory, for the processes of this machine')
    : checkStore(storeUrl);

/** package.json, engines. */
const NEEDED = [20, 18, 1] as const;

function node({ nodeVersion }: DoctorDeps): CheckResult {
  const have = nodeVersion.replace(/^v/, '').split('.').map(Number);
  const first = NEEDED.findIndex((part, index) => have[index] !== part);
  const enough = first < 0 || (have[first] ?? 0) > (NEEDED[first] ?? 0);
  const line = `Node ${nodeVersion.replace(/^v/, '')}, needed ${NEEDED.join('.')} or newer`;
  return enough ? good(line) : bad(line, 'Install a newer Node, e.g. from https://nodejs.org.');
}

function settings({ settings: read }: DoctorDeps): CheckResult {
  if ('problem' in read) return bad(`Settings: ${read.problem}`, 'Correct that variable or flag.');
  const { warnings } = read.config;
  return warnings.length === 0
    ? good('Settings are well-formed')
    : bad(`Settings: ${warnings.join(' ')}`, 'Correct or remove what is named there.');
}

/** What the check of the mode reports, by what calls cost. */
export const MODE_LINES: Readonly<Record<Money, string>> = {
  simulated: 'Sandbox mode: the built-in simulator, no account, no money',
  local: 'Sandbox mode is off, but every address is on this machine: no real money',
  real: 'Sandbox mode is off: the real clouds, real money',
};

function mode(deps: DoctorDeps): CheckResult {
  if (isSandbox(deps)) return good(MODE_LINES.simulated);
  const usable = Object.entries(deps.keys).flatMap(([id, state]) =>
    state.kind === 'ok' ? [[id, state.urls] as const] : [],
  );
  return good(MODE_LINES[moneyOf({ sandbox: null, urls: Object.fromEntries(usable) })]);
}

/** A path with ~ for the home directory. */
const short = (path: string, home: string): string =>
  path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;

function stateDir({ stateDir: dir, sandbox, isStateDirNamed }: Config, { place }: DoctorDeps): CheckResult {
  if (sandbox !== null && !isStateDirNamed)
    return skipped('State directory: the simulator writes among temporary files only');
  const shown = short(dir, place.home);
  if (!existsSync(dir)) return good(`State directory ${shown} will be made when it is needed`);
  const found = statSync(dir);
  if (!found.isDirectory())
    return bad(`State directory ${shown} is not a directory`, 'Move it away, or set GPU_MCP_STATE_DIR.');
  const open = place.platform === 'win32' ? 0 : found.mode & 0o077;
  const octal = (found.mode & 0o777).toString(8).padStart(4, '0');
  return open === 0
    ? good(`State directory ${shown} is private (${octal})`)
    : bad(`State directory ${shown} is open to others (${octal})`, `Run: chmod 700 '${dir}'`);
}

/** Shows the proxy on the way to each cloud, without user and password. */
function proxy({ proxies }: Config, deps: DoctorDeps): CheckResult {
  const ways = CLOUDS.flatMap(({ id, title }) => {
    const state = keyStateOf(deps, id);
    if (state.kind !== 'ok') return [];
    return [{ title, by: proxyName(state.urls.api ?? '', proxies) }];
  });
  if (ways.every(({ by }) => by === null)) return skipped('Proxy: none on the way to the clouds');
  return good(
    `Proxy: ${ways.map(({ title, by }) => (by === null ? `${title} directly` : `${title} through ${by}`)).join(', ')}`,
  );
}

function caps({ caps: cap, confirm, readOnly }: Config): CheckResult {
  const asks = {
    auto: 'a person or a token',
    human: 'a person',
    token: 'a token alone',
    block: 'nobody can (all gated calls refused)',
  };
  const rest = readOnly ? 'read-only' : `${asks[confirm]} confirms`;
  return good(
    `Caps: ${dollars(cap.max_usd_per_hour)}/h, ${dollars(cap.max_job_usd)} a job, ${counted(cap.max_pods, 'pod')}; ${rest}`,
  );
}

/** Our entries in the files of all clients, as `file ("name")`, and the files that cannot be read. */
function entriesByClient({ place, script }: DoctorDeps) {
  const { entries, unread } = searchFiles(place, script);
  return CLIENTS.map((client) => ({
    client,
    found: entries
      .filter((one) => one.client === client)
      .map(({ file, name }) => `${short(file, place.home)} ("${name}")`),
    broken: unread
      .filter((one) => one.client === client && existsSync(one.file))
      .map(({ file }) => short(file, place.home)),
  }));
}

function clients(deps: DoctorDeps): CheckResult {
  const all = entriesByClient(deps);
  const broken = all.flatMap(({ client, broken: files }) => files.map((file) => `${client.title}: ${file}`));
  if (broken.length > 0)
    return bad(`Client files that cannot be read: ${broken.join(', ')}`, 'Repair their syntax.');
  const with_ = all.filter(({ found }) => found.length > 0);
  return with_.length === 0
    ? skipped(`No client on this machine has the server yet (${invoked()} install)`)
    : good(`Installed in ${with_.map(({ client }) => client.title).join(', ')}`);
}

function duplicates(deps: DoctorDeps): CheckResult {
  const twice = entriesByClient(deps).filter(({ client, found }) => {
    const apart = (client.otherUserFiles?.(deps.place) ?? []).map((file) => short(file, deps.place.home));
    return found.filter((entry) => !apart.some((file) => entry.startsWith(file))).length > 1;
  });
  if (twice.length === 0) return good('No client has the server twice');
  const where = twice.map(({ client, found }) => `${client.title}: ${found.join(' and ')}`).join('; ');
  const [first] = twice;
  return bad(
    `The server is there more than once. ${where}`,
    `Remove one, e.g. ${invoked()} uninstall ${first?.client.id ?? 'CLIENT'} --scope project (or --name NAME).`,
  );
}

/** A check of settings; it does not apply while one of them is wrong. */
const ofSettings = (
  id: string,
  title: string,
  run: (config: Config, deps: DoctorDeps) => Promise<CheckResult> | CheckResult,
): Check => ({
  id,
  run: (deps) =>
    'problem' in deps.settings
      ? skipped(`${title}: not known while a setting is wrong`)
      : run(deps.settings.config, deps),
});

/** The checks that need no cloud. */
export const LOCAL_CHECKS: readonly Check[] = [
  { id: 'node', run: node },
  { id: 'settings', run: settings },
  { id: 'mode', run: mode },
  ofSettings('state_dir', 'State directory', stateDir),
  ofSettings('store', 'Store', store),
  ofSettings('proxy', 'Proxy', proxy),
  ofSettings('caps', 'Caps', caps),
  { id: 'clients', run: clients },
  { id: 'duplicates', run: duplicates },
];
