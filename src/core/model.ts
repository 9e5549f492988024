import * as z from 'zod';

/**
 * The id of a cloud, as its manifest spells it (clouds/index.ts): the first part of every ref. Which ids exist is known
 * from the list of manifests alone; `Clouds.get` refuses any other.
 */
export type CloudId = string;

/** The mark in a JSON schema of a field that names a cloud; a list of tools replaces it by the configured clouds. */
export const CLOUD_MARK = 'x-cloud';

/** A field that names a cloud, in any letter case. */
export const cloudIdSchema = z
  .string()
  .toLowerCase()
  .meta({ [CLOUD_MARK]: true });

// The public data model of all clouds. Units are in the names; null = the cloud does not report it.

const text = z.string().nullable();
const num = z.number().nullable();
const flag = z.boolean().nullable();
const cloud = cloudIdSchema;
const warnings = z.array(z.string());

/** Normalised pod states; `unknown` always comes with the cloud's own word in `raw_state`. */
export const POD_STATES = [
  'provisioning',
  'running',
  'starting',
  'stopping',
  'stopped',
  'restarting',
  'deleting',
  'deleted',
  'failed',
  'unknown',
] as const;
export type PodState = (typeof POD_STATES)[number];

/** Normalised job states. */
export const JOB_STATES = [
  'queued',
  'preparing',
  'searching',
  'ready',
  'training',
  'evaluating',
  'succeeded',
  'failed',
  'cancelled',
  'unknown',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** The warning of a thing whose times may be hours off. */
export const UNZONED = 'The cloud names no time zone; the times are read as UTC.';

/** A rented GPU machine: a Volt pod or a Nebula instance. */
export const podSchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  name: text,
  state: z.enum(POD_STATES),
  raw_state: text,
  provider: text,
  machine_kind: text,
  gpu_model: text,
  gpu_count: num,
  cpu_cores: num,
  memory_gb: num,
  root_disk_gb: num,
  ephemeral_disk_gb: num,
  image: text,
  hourly_cost_usd: num,
  total_cost_usd: num,
  uptime_hours: num,
  public_ip: text,
  private_ip: text,
  ssh_port: num,
  ssh_user: text,
  ssh_command: text,
  ssh_key_ids: z.array(z.string()).nullable(),
  login_method: text,
  has_password: flag,
  region: text,
  confidential: flag,
  attestation: text,
  created_at_utc: text,
  started_at_utc: text,
  started_at_raw: text,
  warnings,
});
export type Pod = z.infer<typeof podSchema>;

/** The units in which a machine is sold. */
const SOLD_BY = ['gpu', 'instance', 'size'] as const;

/** An offer: what can be rented now, and at which price. A quote, never a reservation. */
export const machineSchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  order_key: z.record(z.string(), z.union([z.string(), z.number()])),
  provider: text,
  region: text,
  data_center_id: num,
  gpu_model: text,
  gpu_family: text,
  gpu_count_total: num,
  gpu_count_available: num,
  stock_instances: num,
  is_available: z.boolean(),
  gpu_memory_gb: num,
  cpu_cores: num,
  memory_gb: num,
  root_disk_gb: num,
  ephemeral_disk_gb: num,
  spec_scope: z.enum(['host', 'instance']),
  price_per_gpu_hour_usd: num,
  price_per_instance_hour_usd: num,
  price_basis: z.enum(['gpu', 'instance']),
  /** The unit of an order: any number of its free GPUs, all of its GPUs at once, or a named size of it. */
  sold_by: z.enum(SOLD_BY),
  confidential: flag,
  is_spot: flag,
  quoted_at_utc: z.string(),
  warnings,
});
export type Machine = z.infer<typeof machineSchema>;

/** An operating system image; it fits a machine only if data_center_id and region are both the same. */
export const imageSchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  data_center_id: num,
  region: text,
  os_name: text,
  os_type: text,
});
export type Image = z.infer<typeof imageSchema>;

/** The refund if a job is cancelled: `not_promised` if the documents are silent, `n/a` for a job that has ended. */
const REFUNDS = ['full', 'none', 'not_promised', 'n/a'] as const;

/** A managed fine-tuning job. */
export const jobSchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  upstream_task_id: text,
  name: text,
  base_model: text,
  task_type: text,
  state: z.enum(JOB_STATES),
  raw_state: text,
  is_terminal: z.boolean(),
  refund_if_cancelled_now: z.enum(REFUNDS),
  hours_requested: num,
  cost_per_hour_usd: num,
  total_cost_usd: num,
  dataset_repo: text,
  output_model_repo: text,
  created_at_utc: text,
  started_at_utc: text,
  completed_at_utc: text,
  warnings,
});
export type Job = z.infer<typeof jobSchema>;

/** An SSH public key of an account. In lists `public_key` is shortened to its type and last 12 characters. */
export const sshKeySchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  name: text,
  public_key: text,
  fingerprint_sha256: text,
  fingerprint_derived: z.boolean(),
  created_at_utc: text,
});
export type SshKey = z.infer<typeof sshKeySchema>;

/** A container template. Values of environment variables never appear, only their names. */
export const templateSchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  name: text,
  image: text,
  category: text,
  description: text,
  is_system: flag,
  docker_credential: text,
  ports: z.array(z.number()).nullable(),
  env_var_names: z.array(z.string()).nullable(),
  created_at_utc: text,
});
export type Template = z.infer<typeof templateSchema>;

/** A stored login of a container registry; its password can never be read back. */
export const dockerCredentialSchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  name: text,
  registry: text,
  username: text,
  created_at_utc: text,
});
export type DockerCredential = z.infer<typeof dockerCredentialSchema>;

/** An API key of an account, by its preview only. `in_use` = this server's own key; null if that is not known. */
export const apiKeySchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  name: text,
  description: text,
  preview: text,
  in_use: flag,
  last_used_at_utc: text,
  created_at_utc: text,
});
export type ApiKey = z.infer<typeof apiKeySchema>;

/** An invoice for money paid in; its PDF comes by download_invoice. */
export const invoiceSchema = z.object({
  ref: z.string(),
  cloud,
  id: z.string(),
  number: text,
  amount_usd: num,
  type: text,
  invoiced_at_utc: text,
  invoiced_at_raw: text,
});
export type Invoice = z.infer<typeof invoiceSchema>;

/** One row of a billing history: what was charged for computing and for serverless use in a period. */
export const paymentSchema = z.object({
  cloud,
  computing_usd: num,
  serverless_usd: num,
  total_usd: num,
  created_at_utc: text,
  created_at_raw: text,
});
export type Payment = z.infer<typeof paymentSchema>;

/** A hosted model. The unit of `price` is not documented, so the figure is passed on unchanged. */
export const modelSchema = z.object({
  cloud,
  name: z.string(),
  alias: text,
  type: text,
  context_length: num,
  max_completion_tokens: num,
  description: text,
  price: num,
  price_unit: z.literal('undocumented'),
  huggingface_url: text,
});
export type Model = z.infer<typeof modelSchema>;

/** States from which a pod is on its way to another state by itself. */
export const IN_TRANSITION: ReadonlySet<PodState> = new Set([
  'provisioning',
  'starting',
  'stopping',
  'restarting',
  'deleting',
]);
