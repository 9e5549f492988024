import { type OpenRuntime, openRuntime } from '../../app.ts';
import { CLOUDS, type CloudManifest, keyFormsOf } from '../../clouds/index.ts';
import { readKey, readUrlsOf } from '../../config/clouds.ts';
import { readGiven } from '../../config/given.ts';
import {
  type Config,
  ConfigError,
  type Env,
  environment,
  readConfig,
  type SettingFlags,
} from '../../config/read.ts';
import { isPlaceholder } from '../../config/values.ts';
import { messageOf } from '../../core/errors.ts';
import type { CloudId } from '../../core/ref.ts';
import { counted } from '../../core/text.ts';
import { fetchThrough } from '../../outbound/proxies.ts';
import { createRedactor } from '../../outbound/redact.ts';
import { withStoredKeys } from '../install/stored-keys.ts';
import { placeHere } from '../person-config.ts';
import { marked } from '../terminal/layout.ts';
import { type Paint, safe, screenOf } from '../terminal/screen.ts';
import type { Check, CheckResult, DoctorDeps, KeyState, Probe } from './doctor-check.ts';
import { CLOUD_CHECKS } from './doctor-clouds.ts';
import { LOCAL_CHECKS } from './doctor-local.ts';

const PROBE_MS = 8_000;
const ALL_MS = 60_000;

/** Every check, in the order of the report. */
const CHECKS: readonly Check[] = [...LOCAL_CHECKS.slice(0, 3), ...CLOUD_CHECKS, ...LOCAL_CHECKS.slice(3)];

/** One line of the report. */
export interface Finding extends CheckResult {
  check: string;
}

const isSet = (text: string | undefined): boolean => (text ?? '').trim() !== '';

function keyState(manifest: CloudManifest, flags: SettingFlags, env: Env): KeyState {
  const { key } = manifest.settings;
  const source = [key, `${key}_FILE`].find((name) => isSet(env[name]));
  if (source === undefined) return { kind: 'none' };
  if (isPlaceholder(env[source] ?? ''))
    return { kind: 'bad', problem: `${source} holds an unresolved reference, not a key` };
  try {
    const given = readGiven(flags, env);
    const found = readKey(key, given);
    if (found === undefined) return { kind: 'none' };
    return { kind: 'ok', source, key: found, urls: readUrlsOf(manifest, given) };
  } catch (error) {
    return { kind: 'bad', problem: messageOf(error) };
  }
}

function readSettings(flags: SettingFlags, env: Env): DoctorDeps['settings'] {
  const keyless = { ...env, GPU_MCP_HTTP: 'false' };
  try {
    return { config: readConfig({ GPU_MCP_LOG_LEVEL: 'silent', ...flags }, keyless) };
  } catch (first) {
    if (!(first instanceof ConfigError)) throw first;
    try {
      const config = readConfig({ ...flags, GPU_MCP_SANDBOX: 'true' }, keyless);
      return { config: { ...config, sandbox: null } };
    } catch (error) {
      return { problem: messageOf(error) };
    }
  }
}

/** A runtime of the clouds whose keys are usable, or of the simulator; null if there is none. */
async function openUsable(config: Config, keys: DoctorDeps['keys']): Promise<OpenRuntime | null> {
  if (config.sandbox !== null) return openRuntime({ ...config, logLevel: 'silent' });
  const usable = Object.entries(keys).flatMap(([id, state]) =>
    state.kind === 'ok' ? [[id, state] as const] : [],
  );
  if (usable.length === 0) return null;
  return openRuntime({ ...config, clouds: Object.fromEntries(usable), logLevel: 'silent' });
}

/** Sends a request without a key. */
export type Ask = (url: string, init: { signal: AbortSignal }) => Promise<Response>;

async function probe(state: KeyState | undefined, ask: Ask): Promise<Probe> {
  if (state?.kind !== 'ok') throw new Error('no address');
  const started = Date.now();
  const reply = await ask(state.urls.api ?? '', { signal: AbortSignal.timeout(PROBE_MS) });
  await reply.body?.cancel();
  const date = Date.parse(reply.headers.get('date') ?? '');
  // The Date header has whole seconds; on average half a second is missing.
  const cloudTime = Number.isNaN(date) ? null : date + 500;
  return { status: reply.status, cloudTime, ourTime: (started + Date.now()) / 2 };
}

/** What checks need from this machine, and a function that closes it. `ask` sends the requests without a key. */
export async function openDoctor(
  flags: SettingFlags,
  env: Env = environment(),
  ask?: Ask,
): Promise<{ deps: DoctorDeps; close: () => Promise<void> }> {
  const settings = readSettings(flags, env);
  const place = placeHere(env);
  const script = process.argv[1] ?? '';
  const stateDir = 'config' in settings ? settings.config.stateDir : null;
  const stored = stateDir === null ? { env, added: [] } : withStoredKeys(place, stateDir, script);
  const keys = Object.fromEntries(
    CLOUDS.map((manifest) => {
      const state = keyState(manifest, flags, stored.env);
      const from = stored.added.find(({ cloud }) => cloud === manifest.id)?.from;
      return [manifest.id, state.kind === 'ok' && from !== undefined ? { ...state, source: from } : state];
    }),
  );
  const config = 'config' in settings ? settings.config : null;
  const opened = config === null ? null : await openUsable(config, keys);
  const probes = new Map<CloudId, Promise<Probe>>();
  const deps: DoctorDeps = {
    nodeVersion: process.version,
    place,
    script,
    flags,
    settings,
    keys,
    runtime: opened?.runtime ?? null,
    probe: (cloud) => {
      const made = probes.get(cloud) ?? probe(keys[cloud], ask ?? fetchThrough(config?.proxies ?? {}));
      probes.set(cloud, made);
      return made;
    },
    signal: AbortSignal.timeout(ALL_MS),
  };
  return { deps, close: async () => opened?.close() };
}

/** Runs all checks; none stops another, and no text holds a secret. */
export async function examine(deps: DoctorDeps, checks: readonly Check[] = CHECKS): Promise<Finding[]> {
  const keys = Object.values(deps.keys).flatMap((state) => (state.kind === 'ok' ? [state.key] : []));
  const redact = createRedactor(keys, keyFormsOf(CLOUDS));
  const shown = (text: string): string => safe(redact(text));
  return Promise.all(
    checks.map(async ({ id, run }) => {
      try {
        const { ok, line, remedy } = await run(deps);
        return { check: id, ok, line: shown(line), remedy: remedy === null ? null : shown(remedy) };
      } catch (error) {
        const text = shown(messageOf(error));
        return { check: id, ok: false, line: `${id}: ${text}`, remedy: 'Try again; if it stays, report it.' };
      }
    }),
  );
}

/** The report for a person: one line for each check, and the remedy under each failed one. */
export function reportText(findings: readonly Finding[], paint: Paint, columns: number): string {
  const rows = findings.flatMap(({ ok, line, remedy }) => {
    if (ok === null) return [paint('dim', marked('-', line, columns))];
    const heading = marked(ok ? paint('good', '✓') : paint('bad', '✗'), line, columns);
    return remedy === null ? [heading] : [heading, marked(paint('warn', '→'), remedy, columns, '  ')];
  });
  const failed = findings.filter(({ ok }) => ok === false).length;
  const things = counted(failed, 'thing');
  const end = failed === 0 ? paint('good', 'All is well.') : paint('bad', `${things} to look at.`);
  return [...rows, '', end].join('\n');
}

/** `gpu-cloud-mcp doctor`: checks keys, network, clock, limits and clients. Exit code 1 if a check failed. */
export async function doctor(flags: SettingFlags, json: boolean): Promise<void> {
  const { deps, close } = await openDoctor(flags);
  try {
    const findings = await examine(deps);
    const healthy = findings.every(({ ok }) => ok !== false);
    const { paint, prose } = screenOf(process.stdout);
    const text = json
      ? JSON.stringify({ ok: healthy, checks: findings }, null, 2)
      : reportText(findings, paint, prose);
    process.stdout.write(`${text}\n`);
    if (!healthy) process.exitCode = 1;
  } finally {
    await close();
  }
}
