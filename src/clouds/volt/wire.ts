import * as z from 'zod';
import { isSafeId } from '../../core/ref.ts';
import { clean, isObject } from '../../core/text.ts';
import { amount, flag, num, text } from '../shared.ts';

// The objects of the Volt API Reference as allow-lists: a field that is not named here is dropped. A row must have an
// id. Keys are in snake_case already (see reading.ts).

const MAX_ID = 256;

/** An id that can be part of a path and of a ref; a number is taken as its digits. Anything else fails the row. */
const id = z
  .union([z.string(), z.int()])
  .transform(String)
  .refine((raw) => isSafeId(raw) && clean(raw, MAX_ID) === raw, 'not an id');
const idOrNull = z.preprocess((value) => value ?? null, id.nullable());

const ISO = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2})?$/;

/**
 * A time as ISO 8601 UTC. The documented form (ending in Z) is kept, one with another offset is converted, and one
 * without any is read as UTC (`zoned: false`), as the clients of Lium and Targon do. Else null.
 */
export function toTime(value: unknown): { utc: string; zoned: boolean } | null {
  const [, day, time, zone] = ISO.exec(typeof value === 'string' ? value : '') ?? [];
  if (day === undefined) return null;
  const whole = `${day}T${time}${zone ?? 'Z'}`;
  if (Number.isNaN(Date.parse(whole))) return null;
  const utc = whole.endsWith('Z') ? whole : new Date(whole).toISOString();
  return { utc, zoned: zone !== undefined };
}

const time = z.preprocess(toTime, z.object({ utc: z.string(), zoned: z.boolean() }).nullable());

/** A list of texts safe to show; anything else becomes null. */
export const texts = z.preprocess(
  (value) =>
    Array.isArray(value) && value.every((item) => typeof item === 'string')
      ? value.map((item) => clean(item, MAX_ID))
      : null,
  z.array(z.string()).nullable(),
);

const numbers = z.preprocess(
  (value) => (Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : null),
  z.array(z.number()).nullable(),
);

/** The keys of a map. Its values are dropped here, so that no later code can show them. */
const keysOnly = z.preprocess(
  (value) => (isObject(value) ? Object.keys(value).map((key) => clean(key, 100)) : null),
  z.array(z.string()).nullable(),
);

const podFields = {
  name: text(),
  status: text(60),
  provider: text(60),
  gpu_type: text(80),
  gpu_count: amount,
  cpu_cores: amount,
  ram_gb: amount,
  cost_per_hour: amount,
  total_cost: amount,
  uptime_hours: amount,
  ip: text(60),
  ssh_port: num,
  ssh_host: text(),
  ssh_user: text(),
  ssh_command: text(400),
  ssh_ready: flag,
  template: text(300),
  image: text(300),
  volume_size_gb: amount,
  confidential: flag,
  attestation: text(60),
  ssh_keys: texts,
  created_at: time,
  message: text(80),
};

/** A pod in a list (Pods API > List & Manage Pods). */
export const podRow = z.object({ id, ...podFields });

/** A pod in the reply to a request for one pod: newer versions send `uid` and no `id`. */
export const podDetail = z
  .object({ id: idOrNull, uid: text(), ...podFields })
  .refine((pod) => pod.id !== null || pod.uid !== null, 'neither id nor uid');

/** The reply to an order: an id if the cloud gives one. */
export const podCreated = z.object({ id: idOrNull, ...podFields });
export type PodWire = z.infer<typeof podCreated>;

/** Fills `id` and `confidential` from the names that newer versions give them. */
const newerNames = (raw: unknown): unknown =>
  isObject(raw)
    ? {
        ...raw,
        id: raw.id ?? raw.name ?? raw.resource_name,
        confidential: raw.confidential ?? raw.confidential_compute,
      }
    : raw;

/**
 * A machine on offer (Machines > Available Machines). Newer versions list resources instead of hosts: price per
 * resource, `vcpu` in thousandths of a core, `memory` in MB.
 */
export const machineRow = z.preprocess(
  newerNames,
  z.object({
    id,
    gpu_type: text(80),
    gpu_count: amount,
    gpu_vram_gb: amount,
    cpu_cores: amount,
    ram_gb: amount,
    storage_gb: amount,
    cost_per_gpu_hour: amount,
    available_gpus: amount,
    location: text(80),
    provider: text(60),
    confidential: flag,
    resource_name: text(80),
    price: amount,
    vcpu: amount,
    memory: amount,
  }),
);
export type MachineWire = z.infer<typeof machineRow>;

/** An SSH key (SSH Keys > SSH Key Management). */
export const sshKeyRow = z.object({
  id,
  name: text(),
  public_key: text(2000),
  fingerprint: text(100),
  created_at: time,
});
export type SshKeyWire = z.infer<typeof sshKeyRow>;

/** A template (Templates > Template Management). Values of `env_vars` are dropped while parsing. */
export const templateRow = z.object({
  id,
  name: text(),
  image: text(300),
  category: text(80),
  is_system: flag,
  description: text(300),
  docker_credential_id: text(MAX_ID),
  ports: numbers,
  env_vars: keysOnly,
  created_at: time,
});
export type TemplateWire = z.infer<typeof templateRow>;

/** A registry login (Docker Credentials > Registry Credentials); a password is not among its fields. */
export const credentialRow = z.object({
  id,
  name: text(),
  registry: text(),
  username: text(),
  created_at: time,
});
export type CredentialWire = z.infer<typeof credentialRow>;

/** An API key by its preview (API Keys > API Key Management). */
export const apiKeyRow = z.object({
  id,
  name: text(),
  key_preview: text(40),
  last_used: time,
  created_at: time,
});
export type ApiKeyWire = z.infer<typeof apiKeyRow>;

/** A key just made: the only reply that carries `key`. */
export const apiKeyCreated = z.object({ id, name: text(), key: z.string().min(1), created_at: time });

/** A fine-tuning job (Fine-Tuning > Fine-Tuning Jobs); a new job lacks the later fields. */
export const jobRow = z.object({
  id,
  gradients_task_id: text(100),
  name: text(),
  base_model: text(),
  task_type: text(60),
  status: text(60),
  hours_requested: amount,
  cost_per_hour: amount,
  total_cost: amount,
  dataset_repo: text(),
  output_model_repo: text(),
  created_at: time,
  started_at: time,
  completed_at: time,
});
export type JobWire = z.infer<typeof jobRow>;
