// Replies in the documented shapes (Nebula Block API Reference), with invented values.

export const PASSWORD = 'vK7!canary=Lw-Tq_e';

export const product = {
  id: 'fcp77aa01',
  dc_id: 1,
  product_type: 'Container',
  region: 'CANADA',
  price_per_hour: 2.5,
  cpu: 24,
  ram: 200,
  gpu: 'H100-80G-SXM',
  gpu_type: 'H100',
  gpu_count: 2,
  disk_size: 200,
  ephemeral: 1500,
  stock: 9,
  cycle: 'hourly',
  is_available: true,
};

export const a6000 = {
  ...product,
  id: 'exp-0b1c',
  dc_id: 2,
  product_type: 'Virtual Machine',
  price_per_hour: 0.71,
  cpu: 28,
  ram: 58,
  gpu: 'RTX-A6000',
  gpu_type: 'RTX',
  gpu_count: 1,
  disk_size: 100,
  ephemeral: 0,
  stock: 3,
};

export const products = { CANADA: { H100: [product], RTX: [a6000] } };

export const images = {
  CANADA: [
    { id: 'img-ca-1', dc_id: 1, os_name: 'Ubuntu Server 22.04 LTS', os_type: 'Ubuntu', region: 'CANADA' },
    { id: 'img-ca-2', dc_id: 2, os_name: 'Ubuntu Server 22.04 LTS', os_type: 'Ubuntu', region: 'CANADA' },
  ],
  NORWAY: [
    { id: 'img-no-2', dc_id: 2, os_name: 'Ubuntu Server 22.04 LTS', os_type: 'Ubuntu', region: 'NORWAY' },
  ],
};

export const listed = {
  id: '77c0ffee-0001',
  region: 'CANADA',
  product_type: 'GPU',
  host_name: 'demo',
  cpu_cores: 28,
  ram: 58,
  gpu_type: 'RTX-A6000',
  gpu_count: 1,
  disk_size: 100,
  ephemeral: 1500,
  public_ipv4: '203.0.113.7',
  price_per_hour: 0.679,
  os: 'Ubuntu Server 20.04 LTS (Focal Fossa)',
  status: 'Running',
};

export const detailed = {
  id: '77c0ffee-0001',
  region: 'CANADA',
  product_type: 'Virtual Machine',
  host_name: 'demo',
  cpu_cores: '28',
  ram: '58',
  gpu_type: 'RTX-A6000',
  gpu_count: 1,
  disk_size: 100,
  public_ipv4: '203.0.113.7',
  login_method: '',
  os: 'Ubuntu Server 20.04 LTS (Focal Fossa)',
  exposed_ports: '',
  vm_name: 'demo',
  vm_password: PASSWORD,
  status: 'Running',
  start_time: 'EST 2024-11-04 10:11:50',
  running_time: '12.5000 hours',
  total_cost: '$1,234.5000',
};

// An ed25519 public key made for this file, and what `ssh-keygen -lf` prints for it.
export const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDYldD1+FsDVsv9xIDrp37RLlv64ZUvDe+XkdW4k7FMm someone@example';
export const FINGERPRINT = 'SHA256:slQ4h/cJZ5wjiCzLuxZdWu6HM3jLfUiYJdpC4Q4SuGM';

export const sshKeys = {
  total_ssh_keys: 1,
  ssh_keys: [{ id: 73, key_name: 'laptop', key_data: PUBLIC_KEY, create_time: 'EST 2024-11-05 18:05:56' }],
};
