import type { CloudAccess } from '../../clouds/index.ts';
import type { Config, SettingFlags } from '../../config/read.ts';
import type { CloudId } from '../../core/ref.ts';
import type { Runtime } from '../../engine/runtime.ts';
import type { Place } from '../install/clients/client.ts';

/** The result of one check. `ok` is null if there was nothing to check; every failed check has a remedy. */
export interface CheckResult {
  ok: boolean | null;
  line: string;
  remedy: string | null;
}

/** One check: a stable id for `--json`, and its function. An error counts as a failed check. */
export interface Check {
  id: string;
  run: (deps: DoctorDeps) => Promise<CheckResult> | CheckResult;
}

/** The key of a cloud: well-formed, unusable, or not given. */
export type KeyState =
  | ({ kind: 'ok'; source: string } & CloudAccess)
  | { kind: 'bad'; problem: string }
  | { kind: 'none' };

/** The reply of an address to a request without a key. */
export interface Probe {
  status: number;
  /** Milliseconds since 1970 by the cloud's clock; null if unknown. */
  cloudTime: number | null;
  /** The same moment by our clock. */
  ourTime: number;
}

/** What checks may read. */
export interface DoctorDeps {
  nodeVersion: string;
  place: Place;
  script: string;
  flags: SettingFlags;
  /** All settings except the keys, or what is wrong with them. */
  settings: { config: Config } | { problem: string };
  keys: Readonly<Record<CloudId, KeyState>>;
  /** Null if no cloud is usable. */
  runtime: Runtime | null;
  /** Sends one request without a key; once for each cloud, however many checks need it. */
  probe: (cloud: CloudId) => Promise<Probe>;
  signal: AbortSignal;
}

/** A passed check. */
export const good = (line: string): CheckResult => ({ ok: true, line, remedy: null });
/** A failed check, with its remedy. */
export const bad = (line: string, remedy: string): CheckResult => ({ ok: false, line, remedy });
/** A check that does not apply. */
export const skipped = (line: string): CheckResult => ({ ok: null, line, remedy: null });

/** True if the simulator replaces the clouds. */
export const isSandbox = ({ settings }: DoctorDeps): boolean =>
  'config' in settings && settings.config.sandbox !== null;

/** The state of a cloud's key. */
export const keyStateOf = ({ keys }: DoctorDeps, cloud: CloudId): KeyState => keys[cloud] ?? { kind: 'none' };
