import type { Phase } from '../clock.ts';
import type { LedgerEntry } from '../ledger.ts';

/** One orderable product (Nebula Block API Reference, Instances > List Products). The price is USD per instance and hour. */
export interface NebulaProduct {
  id: string;
  dc_id: number;
  product_type: 'Container' | 'Virtual Machine';
  region: string;
  price_per_hour: number;
  cpu: number;
  ram: number;
  gpu: string;
  gpu_type: string;
  gpu_count: number;
  disk_size: number;
  ephemeral: number;
  stock: number;
  cycle: 'hourly';
  is_available: boolean;
}

/** One operating system image; it fits only products of the same `dc_id` and region. */
export interface NebulaImage {
  id: string;
  dc_id: number;
  os_name: string;
  os_type: string;
  region: string;
}

/** An instance as the sandbox keeps it; times are milliseconds. */
export interface NebulaInstance {
  id: string;
  host_name: string;
  region: string;
  product_id: string;
  product_type: 'Container' | 'Virtual Machine';
  cpu_cores: number;
  ram: number;
  gpu: string;
  gpu_count: number;
  disk_size: number;
  ephemeral: number;
  price_per_hour: number;
  os: string;
  public_ipv4: string;
  lan_ipv4: string;
  vm_name: string;
  vm_password: string;
  ssh_key_id: number;
  created_ms: number;
  deleted_ms: number | null;
  visible_ms: number;
  meter: LedgerEntry;
  phase: Phase;
  /** How often each GET that changes state was carried out. */
  actions: { start: number; stop: number; reboot: number };
  outside: boolean;
}

/** An SSH key. */
export interface NebulaSshKey {
  id: number;
  key_name: string;
  key_data: string;
  created_ms: number;
}

/** An API key; `key` is shown once, at creation. */
export interface NebulaApiKey {
  id: number;
  name: string;
  description: string;
  key: string;
}

/** A payment of the past. */
export interface NebulaInvoice {
  id: number;
  price: number;
  invoiced_ms: number;
}

/** A row of the credit history. */
interface NebulaCreditRow {
  computing_amount: number;
  serverless_amount: number;
  created_ms: number;
}

/** A serverless model (Nebula Block API Reference, Inference > List Models). */
export interface NebulaModel {
  model_name: string;
  model_alias: string;
  model_type: 'text' | 'vision' | 'image' | 'embedding';
  context_length: number | null;
  max_completion_tokens: number;
  description: string;
  price: number;
  huggingface_url: string;
}

/** Everything that Nebula's half of the sandbox remembers. */
export interface NebulaState {
  products: NebulaProduct[];
  images: NebulaImage[];
  instances: NebulaInstance[];
  ssh_keys: NebulaSshKey[];
  api_keys: NebulaApiKey[];
  invoices: NebulaInvoice[];
  credit_rows: NebulaCreditRow[];
  models: NebulaModel[];
  /** Secret with which the login's tokens are signed. */
  jwt_secret: string;
  addresses: number;
  last_ssh_key: number;
  last_api_key: number;
}
