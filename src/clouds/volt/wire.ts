import {
  isRecord,
  wireAmount,
  wireFlag,
  wireId,
  wireIdOrNull,
  wireKeysOnly,
  wireNumber,
  wireNumbers,
  wireSecret,
  wireText,
  wireTexts,
} from './fields.ts';
import { type RowReader, row, schemaOf, type Wrong } from './lenient.ts';

// The objects of the Volt API Reference as allow-lists: only what stands here can come in.

type Parsed<R> = R extends RowReader<infer T> ? T : never;

const podFields = {
  name: wireText,
  status: wireText,
  provider: wireText,
  gpu_type: wireText,
  gpu_count: wireAmount,
  cpu_cores: wireAmount,
  ram_gb: wireAmount,
  cost_per_hour: wireAmount,
  total_cost: wireAmount,
  uptime_hours: wireAmount,
  ip: wireText,
  ssh_port: wireNumber,
  ssh_host: wireText,
  ssh_user: wireText,
  ssh_command: wireText,
  ssh_ready: wireFlag,
  template: wireText,
  image: wireText,
  volume_size_gb: wireAmount,
  confidential: wireFlag,
  attestation: wireText,
  ssh_keys: wireTexts,
  created_at: wireText,
  message: wireText,
};

/** A pod in a list (Pods API > List & Manage Pods). */
export const podRow = row({ id: wireId, ...podFields });

const detail = row({ id: wireIdOrNull, uid: wireText, ...podFields });

/** A pod in a reply to a question about one pod: newer versions answer with `uid` and no `id`. */
export const podDetail: typeof detail = (raw) => {
  const pod = detail(raw);
  return 'wrong' in pod || pod.id !== null || pod.uid !== null ? pod : { wrong: 'neither id nor uid' };
};

/** The reply to an order: an id where the cloud gives one. */
export const podCreated = row({ id: wireIdOrNull, ...podFields });

/** A parsed pod. */
export type PodWire = Parsed<typeof podCreated>;

/**
 * A machine on offer (Machines > Available Machines). Newer versions list resources instead of hosts: price per
 * resource, `vcpu` in thousandths of a core, `memory` in MB.
 */
export const machineRow = row(
  {
    id: wireId,
    gpu_type: wireText,
    gpu_count: wireAmount,
    gpu_vram_gb: wireAmount,
    cpu_cores: wireAmount,
    ram_gb: wireAmount,
    storage_gb: wireAmount,
    cost_per_gpu_hour: wireAmount,
    available_gpus: wireAmount,
    location: wireText,
    provider: wireText,
    confidential: wireFlag,
    resource_name: wireText,
    price: wireAmount,
    vcpu: wireAmount,
    memory: wireAmount,
  },
  { id: ['name', 'resource_name'], confidential: ['confidential_compute'] },
);

/** A parsed machine. */
export type MachineWire = Parsed<typeof machineRow>;

/** An SSH key (SSH Keys > SSH Key Management). */
export const sshKeyRow = row({
  id: wireId,
  name: wireText,
  public_key: wireText,
  fingerprint: wireText,
  created_at: wireText,
});

/** A parsed SSH key. */
export type SshKeyWire = Parsed<typeof sshKeyRow>;

/** A template (Templates > Template Management). Values of `env_vars` are dropped while parsing. */
export const templateRow = row({
  id: wireId,
  name: wireText,
  image: wireText,
  category: wireText,
  is_system: wireFlag,
  description: wireText,
  docker_credential_id: wireText,
  ports: wireNumbers,
  env_vars: wireKeysOnly,
  created_at: wireText,
});

/** A parsed template. */
export type TemplateWire = Parsed<typeof templateRow>;

/** A registry login (Docker Credentials > Registry Credentials); a password is not among its fields. */
export const credentialRow = row({
  id: wireId,
  name: wireText,
  registry: wireText,
  username: wireText,
  created_at: wireText,
});

/** A parsed registry login. */
export type CredentialWire = Parsed<typeof credentialRow>;

/** An API key by its preview (API Keys > API Key Management). */
export const apiKeyRow = row({
  id: wireId,
  name: wireText,
  key_preview: wireText,
  last_used: wireText,
  created_at: wireText,
});

/** A parsed API key. */
export type ApiKeyWire = Parsed<typeof apiKeyRow>;

/** A key just made: the only reply that carries `key`. */
export const apiKeyCreated = row({
  id: wireId,
  name: wireText,
  key: wireSecret,
  created_at: wireText,
});

/** A fine-tuning job (Fine-Tuning > Fine-Tuning Jobs); a new job lacks the later fields. */
export const jobRow = row({
  id: wireId,
  gradientsTaskId: wireText,
  name: wireText,
  baseModel: wireText,
  taskType: wireText,
  status: wireText,
  hoursRequested: wireAmount,
  costPerHour: wireAmount,
  totalCost: wireAmount,
  datasetRepo: wireText,
  outputModelRepo: wireText,
  createdAt: wireText,
  startedAt: wireText,
  completedAt: wireText,
});

/** A parsed job. */
export type JobWire = Parsed<typeof jobRow>;

const MONEY_FIELD = /^[A-Za-z_]{0,40}(refund|prepaid|credit|charge|amount|balance)[A-Za-z_]{0,40}$/i;

const moneyIn = (part: Record<string, unknown>): { field: string; amount: number }[] =>
  Object.entries(part).flatMap(([field, value]) => {
    const amount = wireNumber(value);
    return MONEY_FIELD.test(field) && amount !== null ? [{ field, amount }] : [];
  });

/**
 * The reply to an action. An empty body counts as a bare success. Numbers in fields that name money (newer
 * versions add e.g. `prepaidRefund` to a stop) come along.
 */
export const actionReply = schemaOf((body): ActionWire | Wrong => {
  const outer = body === null || body === undefined || body === '' ? {} : body;
  if (!isRecord(outer)) return { wrong: 'neither an object nor empty' };
  const inner = [outer.pod, outer.job, outer.data].find(isRecord) ?? {};
  const read = (key: string) => wireText(outer[key] ?? inner[key] ?? null);
  return {
    status: read('status'),
    message: read('message'),
    deleted: wireFlag(outer.deleted ?? inner.deleted ?? null),
    money: [...moneyIn(outer), ...moneyIn(inner)],
  };
});

/** A parsed reply to an action. */
export interface ActionWire {
  status: string | null;
  message: string | null;
  deleted: boolean | null;
  money: { field: string; amount: number }[];
}
