// The responses of the Volt API Reference, as documented.

export const LIST_PODS = {
  pods: [
    {
      id: 'pod_abc123',
      name: 'training-run-7',
      status: 'running',
      provider: 'lium',
      gpu_type: 'RTX 4090',
      gpu_count: 1,
      cost_per_hour: 0.39,
      created_at: '2026-03-15T10:30:00Z',
      ip: '203.0.113.42',
      ssh_port: 22,
    },
  ],
  total: 1,
};

export const POD_CREATED_LIUM = {
  id: 'pod_def456',
  name: 'my-training-pod',
  status: 'deploying',
  provider: 'lium',
  gpu_type: 'RTX 4090',
  gpu_count: 1,
  cost_per_hour: 0.39,
  ip: null,
  ssh_port: null,
  template: 'pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel',
  volume_size_gb: 50,
  created_at: '2026-03-28T14:00:00Z',
};

export const POD_CREATED_TARGON = {
  id: 'pod_targon_789',
  name: 'my-training-server',
  status: 'deploying',
  provider: 'targon',
  resource_name: 'h200-small',
  gpu_type: 'H200',
  cost_per_hour: 2.4,
  image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
  confidential: true,
  attestation: 'intel_tdx',
  created_at: '2026-03-28T14:05:00Z',
};

export const POD_DETAIL = {
  id: 'pod_def456',
  name: 'my-training-pod',
  status: 'running',
  provider: 'lium',
  gpu_type: 'RTX 4090',
  gpu_count: 1,
  cpu_cores: 8,
  ram_gb: 32,
  cost_per_hour: 0.39,
  ip: '203.0.113.42',
  ssh_port: 22,
  template: 'pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel',
  volume_size_gb: 50,
  ssh_keys: ['key_abc123'],
  uptime_hours: 12.5,
  total_cost: 4.88,
  created_at: '2026-03-28T14:00:00Z',
};

export const STARTED = {
  id: 'pod_def456',
  status: 'starting',
  message: 'Pod is starting. This typically takes 15-30 seconds.',
};
export const STOPPED = {
  id: 'pod_def456',
  status: 'stopping',
  message: 'Pod is stopping. Data on /root volume is preserved.',
};
export const UPDATED = {
  id: 'pod_def456',
  name: 'training-run-v2',
  status: 'running',
  ssh_keys: ['key_abc123', 'key_def456'],
  message: 'Pod updated successfully.',
};
export const DELETED = {
  id: 'pod_def456',
  status: 'deleted',
  message: 'Pod and all associated resources have been deleted.',
};

export const MACHINES = {
  machines: [
    {
      id: 'mach_rtx4090_01',
      gpu_type: 'RTX 4090',
      gpu_count: 4,
      gpu_vram_gb: 24,
      cpu_cores: 32,
      ram_gb: 128,
      storage_gb: 2000,
      cost_per_gpu_hour: 0.39,
      available_gpus: 3,
      location: 'US-East',
      provider: 'lium',
    },
    {
      id: 'mach_h100_02',
      gpu_type: 'H100 80GB',
      gpu_count: 8,
      gpu_vram_gb: 80,
      cpu_cores: 128,
      ram_gb: 512,
      storage_gb: 8000,
      cost_per_gpu_hour: 2.69,
      available_gpus: 4,
      location: 'EU-West',
      provider: 'lium',
    },
    {
      id: 'mach_h200_targon_01',
      gpu_type: 'H200',
      gpu_count: 8,
      gpu_vram_gb: 141,
      cpu_cores: 128,
      ram_gb: 1024,
      storage_gb: 8000,
      cost_per_gpu_hour: 2.4,
      available_gpus: 8,
      location: 'US-Central',
      provider: 'targon',
      confidential: true,
    },
  ],
  total: 3,
};

const JOB = {
  id: 'clxyz456...',
  gradientsTaskId: 'abc-def-ghi',
  name: 'my-llama-finetune',
  baseModel: 'meta-llama/Llama-3.1-8B-Instruct',
  taskType: 'text',
  status: 'training',
  hoursRequested: 2,
  costPerHour: 27.75,
  totalCost: 55.5,
  datasetRepo: 'myorg/support-qa',
  outputModelRepo: null,
  createdAt: '2026-03-28T16:00:00Z',
  startedAt: '2026-03-28T16:03:12Z',
  completedAt: null,
};
export const JOB_DETAIL = { success: true, job: JOB };
export const JOBS = {
  success: true,
  jobs: [{ ...JOB, id: 'clxyz123...', createdAt: '2026-03-28T10:00:00Z', startedAt: '2026-03-28T10:02:30Z' }],
};
export const JOB_CREATED = {
  success: true,
  job: {
    id: 'clxyz456...',
    gradientsTaskId: 'abc-def-ghi',
    name: 'my-llama-finetune',
    baseModel: 'meta-llama/Llama-3.1-8B-Instruct',
    taskType: 'text',
    status: 'pending',
    hoursRequested: 2,
    costPerHour: 27.75,
    totalCost: 55.5,
    createdAt: '2026-03-28T16:00:00Z',
  },
};
export const JOB_CANCELLED = {
  success: true,
  message: 'Job cancelled and $55.50 refunded to your account',
  job: { id: 'clxyz456...', status: 'cancelled' },
};

export const ERROR_401 = {
  error: true,
  status: 401,
  message: 'Invalid API key. Generate a new key at Dashboard > API Keys.',
  code: 'INVALID_API_KEY',
};
