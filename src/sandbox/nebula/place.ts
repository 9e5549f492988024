import { enter } from '../clock.ts';
import { NEBULA_INSTANCE_NEXT } from '../constants.ts';
import type { World } from '../world.ts';
import type { NebulaInstance, NebulaProduct } from './state.ts';

/** What the caller sets of a new instance; the rest follows from its product. */
export type NewInstance = Pick<
  NebulaInstance,
  'host_name' | 'os' | 'ssh_key_id' | 'vm_password' | 'visible_ms' | 'outside'
>;

/** Puts an instance in state Creating and takes one out of the product's stock; it accrues from now on. */
export function addInstance(world: World, product: NebulaProduct, fields: NewInstance): NebulaInstance {
  const now = world.clock.now();
  const id = world.random.uuid();
  const note = `${fields.host_name}: $${product.price_per_hour}/h until deleted`;
  const instance: NebulaInstance = {
    ...fields,
    id,
    region: product.region,
    product_id: product.id,
    product_type: product.product_type,
    cpu_cores: product.cpu,
    ram: product.ram,
    gpu: product.gpu,
    gpu_count: product.gpu_count,
    disk_size: product.disk_size,
    ephemeral: product.ephemeral,
    price_per_hour: product.price_per_hour,
    public_ipv4: '',
    lan_ipv4: '',
    vm_name: `vm-${world.random.text(8)}`,
    created_ms: now,
    deleted_ms: null,
    meter: world.ledger.post({ cloud: 'nebula', kind: 'accrual', usd: 0, target: id, note }, now),
    phase: enter('Creating', now, NEBULA_INSTANCE_NEXT),
    actions: { start: 0, stop: 0, reboot: 0 },
  };
  product.stock = Math.max(0, product.stock - 1);
  world.nebula.instances.push(instance);
  return instance;
}
