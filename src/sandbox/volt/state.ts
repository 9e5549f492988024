import type { Phase } from '../clock.ts';
import type { LedgerEntry } from '../ledger.ts';

/** One row of GET /machines (Volt API Reference, Machines). Prices are USD per GPU and hour. */
export interface VoltMachine {
  id: string;
  gpu_type: string;
  gpu_count: number;
  gpu_vram_gb: number;
  cpu_cores: number;
  ram_gb: number;
  storage_gb: number;
  cost_per_gpu_hour: number;
  available_gpus: number;
  location: string;
  provider: 'lium' | 'targon';
}

/** A pod as the sandbox keeps it. `cost_per_hour` is for all of its GPUs; times are milliseconds. */
export interface VoltPod {
  id: string;
  name: string;
  provider: 'lium' | 'targon';
  machine_id: string;
  gpu_type: string;
  gpu_count: number;
  cpu_cores: number;
  ram_gb: number;
  cost_per_hour: number;
  ip: string | null;
  ssh_port: number | null;
  image: string;
  template_id: string | null;
  volume_size_gb: number;
  resource_name: string | null;
  ssh_keys: string[];
  created_ms: number;
  /** From when on it is listed. */
  visible_ms: number;
  /** Milliseconds of running in closed runs. */
  ran_ms: number;
  /** The ledger line of the present run. */
  meter: LedgerEntry | null;
  phase: Phase;
  /** Made by someone else with `addPod`. */
  outside: boolean;
}

/** A fine-tuning job; field names are the clouds' own (Volt API Reference, Fine-Tuning). */
export interface VoltJob {
  id: string;
  gradientsTaskId: string;
  name: string;
  baseModel: string;
  taskType: string;
  hoursRequested: number;
  costPerHour: number;
  totalCost: number;
  datasetRepo: string | null;
  outputModelRepo: string | null;
  webhookUrl: string | null;
  created_ms: number;
  started_ms: number | null;
  completed_ms: number | null;
  visible_ms: number;
  phase: Phase;
}

/** An SSH key with its whole public key. */
export interface VoltSshKey {
  id: string;
  name: string;
  public_key: string;
  fingerprint: string;
  created_at: string;
}

/** A template with its environment in clear. */
export interface VoltTemplate {
  id: string;
  name: string;
  image: string;
  category: string;
  is_system: boolean;
  description: string;
  docker_credential_id: string | null;
  ports: number[];
  env_vars: Record<string, string>;
  created_at: string;
}

/** A registry credential; `password` is never shown. */
export interface VoltCredential {
  id: string;
  name: string;
  registry: string;
  username: string;
  password: string;
  created_at: string;
}

/** An API key; `key` is shown once, at creation. */
export interface VoltApiKey {
  id: string;
  name: string;
  key: string;
  last_used: string | null;
  created_at: string;
}

/** Everything that Volt's half of the sandbox remembers. */
export interface VoltState {
  machines: VoltMachine[];
  pods: VoltPod[];
  jobs: VoltJob[];
  ssh_keys: VoltSshKey[];
  templates: VoltTemplate[];
  credentials: VoltCredential[];
  api_keys: VoltApiKey[];
  /** How many pod addresses were given out. */
  addresses: number;
  /** Number of the latest API key id. */
  last_api_key: number;
}
