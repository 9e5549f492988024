import type { Cloud, PodOps } from '../../src/core/cloud.ts';
import { GpuError } from '../../src/core/errors.ts';
import type { Pod } from '../../src/core/model.ts';
import type { CloudId } from '../../src/core/ref.ts';
import { fakeCloud } from './fake-context.ts';

/** A running pod. */
export const pod = (cloud: CloudId, id: string, more: Partial<Pod> = {}): Pod => ({
  ref: `${cloud}:pod:${id}`,
  cloud,
  id,
  name: 'trainer',
  state: 'running',
  raw_state: 'running',
  provider: null,
  machine_kind: null,
  gpu_model: 'RTX 4090',
  gpu_count: 1,
  cpu_cores: null,
  memory_gb: null,
  root_disk_gb: 50,
  ephemeral_disk_gb: null,
  image: null,
  hourly_cost_usd: 0.39,
  total_cost_usd: null,
  uptime_hours: null,
  public_ip: null,
  private_ip: null,
  ssh_port: null,
  ssh_user: null,
  ssh_command: null,
  ssh_key_ids: [],
  login_method: null,
  has_password: null,
  region: null,
  confidential: null,
  attestation: null,
  created_at_utc: null,
  started_at_utc: null,
  started_at_raw: null,
  warnings: [],
  ...more,
});

const silent = async () => ({ message: null, raw_state: null, notes: [] });

/** A cloud whose pods are the given array, which a test may change behind the tools' backs. */
export function podCloud(cloud: CloudId, rows: Pod[], more: Partial<PodOps> = {}): Cloud {
  const base = fakeCloud(cloud, {});
  return {
    ...base,
    pods: {
      ...base.pods,
      list: async () => [...rows],
      get: async (_io, id) => {
        const found = rows.find((row) => row.id === id);
        if (found === undefined) throw new GpuError('not_found', `no pod ${id}`);
        return found;
      },
      rates: async (_io, pods) =>
        pods.map((row) => {
          const price = row.state === 'stopped' ? 0 : row.hourly_cost_usd;
          return { ref: row.ref, usd_per_hour: price, usd_per_hour_max: price, note: null };
        }),
      start: silent,
      stop: silent,
      update: silent,
      delete: silent,
      ...more,
    },
  };
}
