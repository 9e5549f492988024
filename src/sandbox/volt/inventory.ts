import { VOLT_API_KEY } from '../constants.ts';
import type { VoltMachine, VoltState } from './state.ts';

type Row = [
  id: string,
  gpu_type: string,
  gpu_count: number,
  gpu_vram_gb: number,
  cpu_cores: number,
  ram_gb: number,
  storage_gb: number,
  cost_per_gpu_hour: number,
  available_gpus: number,
  location: string,
  provider: 'lium' | 'targon',
];

/** The first three rows are the documented ones (Volt API Reference, Machines), the others our choice. */
const MACHINE_ROWS: Row[] = [
  ['mach_rtx4090_01', 'RTX 4090', 4, 24, 32, 128, 2000, 0.39, 3, 'US-East', 'lium'],
  ['mach_h100_02', 'H100 80GB', 8, 80, 128, 512, 8000, 2.69, 4, 'EU-West', 'lium'],
  ['mach_h200_targon_01', 'H200', 8, 141, 128, 1024, 8000, 2.4, 8, 'US-Central', 'targon'],
  ['mach_h100_03', 'H100 80GB', 8, 80, 192, 1024, 16000, 2.39, 8, 'US-West', 'lium'],
  ['mach_h100_04', 'H100 80GB', 4, 80, 64, 512, 4000, 1.99, 0, 'AP-South', 'lium'],
  ['mach_a100_01', 'A100 80GB', 8, 80, 128, 1024, 8000, 1.19, 6, 'US-East', 'lium'],
  ['mach_a100_02', 'A100 80GB', 4, 80, 64, 512, 4000, 1.29, 2, 'EU-North', 'lium'],
  ['mach_l40s_01', 'L40S', 8, 48, 96, 768, 4000, 0.86, 5, 'EU-West', 'lium'],
  ['mach_rtx4090_02', 'RTX 4090', 8, 24, 64, 256, 4000, 0.34, 8, 'EU-North', 'lium'],
  ['mach_rtx5090_01', 'RTX 5090', 4, 32, 48, 256, 2000, 0.65, 4, 'US-West', 'lium'],
  ['mach_rtx3090_01', 'RTX 3090', 6, 24, 24, 128, 1000, 0.19, 6, 'EU-East', 'lium'],
  ['mach_b200_01', 'B200', 8, 192, 224, 2048, 30000, 4.49, 8, 'US-East', 'lium'],
  ['mach_h200_targon_02', 'H200', 8, 141, 128, 1024, 8000, 2.75, 4, 'EU-Central', 'targon'],
  ['mach_b200_targon_01', 'B200', 8, 192, 224, 2048, 16000, 4.2, 8, 'US-Central', 'targon'],
];

function machine(row: Row): VoltMachine {
  const [
    id,
    gpu_type,
    gpu_count,
    gpu_vram_gb,
    cpu_cores,
    ram_gb,
    storage_gb,
    cost,
    free,
    location,
    provider,
  ] = row;
  const host = { id, gpu_type, gpu_count, gpu_vram_gb, cpu_cores, ram_gb, storage_gb };
  return { ...host, cost_per_gpu_hour: cost, available_gpus: free, location, provider };
}

/** A fresh account: the documented SSH key, templates, credential and API key, the inventory above, no pods, no jobs. */
export function freshVolt(): VoltState {
  return {
    machines: MACHINE_ROWS.map(machine),
    pods: [],
    jobs: [],
    ssh_keys: [
      {
        id: 'key_abc123',
        name: 'work-laptop',
        public_key: 'ssh-ed25519 AAAAC3Nz...truncated',
        fingerprint: 'SHA256:xR3j8K...',
        created_at: '2026-01-10T08:00:00Z',
      },
    ],
    templates: [
      {
        id: 'tpl_pytorch21',
        name: 'PyTorch 2.1 CUDA 12.1',
        image: 'pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel',
        category: 'machine-learning',
        is_system: true,
        description: 'Official PyTorch image with CUDA 12.1 and cuDNN 8',
        docker_credential_id: null,
        ports: [22, 8888],
        env_vars: {},
        created_at: '2025-12-01T00:00:00Z',
      },
      {
        id: 'tpl_custom_01',
        name: 'My Fine-Tune Image',
        image: 'registry.example.com/ml-team/finetune:latest',
        category: 'custom',
        is_system: false,
        description: 'Custom image for LoRA fine-tuning workflows',
        docker_credential_id: null,
        ports: [22],
        env_vars: { WORKSPACE: '/root/work' },
        created_at: '2026-03-20T09:00:00Z',
      },
    ],
    credentials: [
      {
        id: 'cred_abc123',
        name: 'GitHub Container Registry',
        registry: 'ghcr.io',
        username: 'my-org',
        password: 'sandbox-registry-password',
        created_at: '2026-02-15T12:00:00Z',
      },
    ],
    api_keys: [
      {
        id: 'ak_001',
        name: 'Production Key',
        key: VOLT_API_KEY,
        last_used: '2026-03-28T12:00:00Z',
        created_at: '2026-01-05T08:00:00Z',
      },
    ],
    addresses: 0,
    last_api_key: 1,
  };
}
