import type { CloudAccess } from '../../clouds/index.ts';
import type { Config, SettingFlags } from '../../config/read.ts';
import type { CloudId } from '../../core/ref.ts';
import type { Runtime } from '../../engine/runtime.ts';
import type { Place } from '../install/clients/client.ts';

/** What one check came to. `ok` is null if there was nothing to check; a remedy stands beside everything not ok. */
export interface Outcome {
  ok: boolean | null;
  line: string;
  remedy: string | null;
}

/** One check, as data: a stable id for `--json`, and how it is made. A thrown error counts as not ok. */
export interface Check {
  id: string;
  run: (deps: DoctorDeps) => Promise<Outcome> | Outcome;
}

/** How a key was given: well-formed, given but unusable, or not at all. */
export type KeyState =
  | ({ kind: 'ok'; source: string } & CloudAccess)
  | { kind: 'bad'; problem: string }
  | { kind: 'none' };

/** What an address answered without a key. */
export interface Probe {
  status: number;
  /** Milliseconds since 1970 by the cloud's clock; null if unknown. */
  cloudTime: number | null;
  /** The same moment by ours. */
  ourTime: number;
}

/** Everything that checks may read. */
export interface DoctorDeps {
  nodeVersion: string;
  place: Place;
  script: string;
  flags: SettingFlags;
  /** All settings but the keys; or what is wrong with them. */
  settings: { config: Config } | { problem: string };
  keys: Readonly<Record<CloudId, KeyState>>;
  /** Null if no cloud is usable. */
  runtime: Runtime | null;
  /** One unauthenticated request, made once a cloud however many checks ask. */
  probe: (cloud: CloudId) => Promise<Probe>;
  signal: AbortSignal;
}

/** All is well. */
export const good = (line: string): Outcome => ({ ok: true, line, remedy: null });
/** Something is wrong, and this is what to do. */
export const bad = (line: string, remedy: string): Outcome => ({ ok: false, line, remedy });
/** There was nothing to check. */
export const skipped = (line: string): Outcome => ({ ok: null, line, remedy: null });

/** Whether the simulator stands in for the clouds. */
export const isSandbox = ({ settings }: DoctorDeps): boolean =>
  'config' in settings && settings.config.sandbox !== null;

/** What is known of a cloud's key. */
export const keyStateOf = ({ keys }: DoctorDeps, cloud: CloudId): KeyState => keys[cloud] ?? { kind: 'none' };
