import { isoSeconds } from './clock.ts';
import { VM_PASSWORD } from './constants.ts';
import type { Cloud } from './ledger.ts';
import { addInstance, advanceInstance, moveInstance } from './nebula/instance.ts';
import type { NebulaInstance } from './nebula/state.ts';
import { moveJob } from './volt/job-life.ts';
import { addVoltPod, movePod } from './volt/pod-life.ts';
import type { VoltJob, VoltPod } from './volt/state.ts';
import type { Inspection, JobView, OutsidePod, PodView, World } from './world.ts';

const viewVolt = (pod: VoltPod): PodView => ({
  cloud: 'volt',
  id: pod.id,
  name: pod.name,
  state: pod.phase.raw,
  gpu: pod.gpu_type,
  gpu_count: pod.gpu_count,
  usd_per_hour: pod.cost_per_hour,
  created_at: isoSeconds(pod.created_ms),
  deleted_at: null,
  outside: pod.outside,
});

const viewNebula = (instance: NebulaInstance): PodView => ({
  cloud: 'nebula',
  id: instance.id,
  name: instance.host_name,
  state: instance.phase.raw,
  gpu: instance.gpu,
  gpu_count: instance.gpu_count,
  usd_per_hour: instance.price_per_hour,
  created_at: isoSeconds(instance.created_ms),
  deleted_at: instance.deleted_ms === null ? null : isoSeconds(instance.deleted_ms),
  outside: instance.outside,
});

const viewJob = (job: VoltJob): JobView => ({
  id: job.id,
  name: job.name,
  status: job.phase.raw,
  hours: job.hoursRequested,
  usd_per_hour: job.costPerHour,
  total_usd: job.totalCost,
  created_at: isoSeconds(job.created_ms),
});

/** Makes the inspection half of a world. */
export function createInspection(world: () => World): Inspection {
  const podViews = (cloud?: Cloud) => {
    world().advance();
    const volt = cloud === 'nebula' ? [] : world().volt.pods.map(viewVolt);
    return cloud === 'volt' ? volt : [...volt, ...world().nebula.instances.map(viewNebula)];
  };
  const jobViews = () => {
    world().advance();
    return world().volt.jobs.map(viewJob);
  };
  return {
    pods: {
      list: podViews,
      get: (cloud, id) => podViews(cloud).find((pod) => pod.id === id) ?? null,
    },
    jobs: { list: jobViews, get: (id) => jobViews().find((job) => job.id === id) ?? null },
    setPodState(cloud, id, raw) {
      world().advance();
      const now = world().clock.now();
      const pod = world().volt.pods.find((candidate) => candidate.id === id);
      const instance = world().nebula.instances.find((candidate) => candidate.id === id);
      if (cloud === 'volt' && pod) movePod(world(), pod, raw, now);
      else if (cloud === 'nebula' && instance) moveInstance(world(), instance, raw, now);
      else throw new RangeError(`no ${cloud} pod ${id}`);
    },
    setJobStatus(id, status) {
      world().advance();
      const job = world().volt.jobs.find((candidate) => candidate.id === id);
      if (!job) throw new RangeError(`no job ${id}`);
      moveJob(world(), job, status, world().clock.now());
    },
    addPod(cloud, fields = {}) {
      world().advance();
      return cloud === 'volt' ? outsideVolt(world(), fields) : outsideNebula(world(), fields);
    },
  };
}

function outsideVolt(world: World, fields: OutsidePod): string {
  const count = fields.gpu_count ?? 1;
  const machine = world.volt.machines.find((row) =>
    fields.machine_id === undefined
      ? row.provider === 'lium' && row.available_gpus >= count
      : row.id === fields.machine_id,
  );
  if (!machine || machine.available_gpus < count)
    throw new RangeError('no Volt machine with that many free GPUs');
  const pod = addVoltPod(world, machine, {
    name: fields.name ?? 'someone-elses-pod',
    gpu_count: count,
    cost_per_hour: machine.cost_per_gpu_hour * count,
    image: world.volt.templates[0]?.image ?? 'ubuntu:22.04',
    ssh_keys: fields.ssh_keys ?? [],
    outside: true,
  });
  movePod(world, pod, fields.state ?? 'running', world.clock.now());
  return pod.id;
}

function outsideNebula(world: World, fields: OutsidePod): string {
  const product = world.nebula.products.find((row) =>
    fields.product_id === undefined ? row.is_available && row.stock > 0 : row.id === fields.product_id,
  );
  if (!product) throw new RangeError('no Nebula product in stock');
  const instance = addInstance(world, product, {
    host_name: fields.name ?? 'someone-elses-instance',
    os: 'Ubuntu Server 22.04 LTS',
    ssh_key_id: 73,
    vm_password: VM_PASSWORD,
    visible_ms: world.clock.now(),
    outside: true,
  });
  moveInstance(world, instance, fields.state ?? 'Running', world.clock.now());
  advanceInstance(world, instance, world.clock.now());
  return instance.id;
}
