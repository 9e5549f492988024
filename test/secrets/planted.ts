import { createJob } from '../../src/sandbox/volt/jobs.ts';
import type { World } from '../../src/sandbox/world.ts';

/** Values that cannot be distinguished from ordinary text: used only in places where a cloud or a person puts secrets. */
export const VALUES = {
  registry: 'correct-horse-battery',
  registry_literal: 'staple-of-the-literal',
  env: 'value-of-an-env-variable',
  cloud_env: 'value-of-an-env-variable-at-the-cloud',
  vm: 'machine-word-of-the-vm',
} as const;

/** The middle of every secret that is recognisable by its form. */
export const MARK = 'KaNaRi';

/** A text full of secrets that are recognisable by their form, as a careless cloud might put into any name or message. */
export const shapedSecrets = ({ keys }: World): string =>
  [
    `volt_live_${MARK}a1b2c3`,
    `vgpu_${MARK}d4e5f6`,
    `ak_${MARK}g7h8i9j0k1`,
    `eyJ${MARK}l2.${MARK}m3.${MARK}n4`,
    `Bearer ${MARK}o5p6`,
    `{"password":"${MARK}q7","vm_password": "${MARK}r8"} password: ${MARK}s9! vm_password=${MARK}t0`,
    keys.volt,
    keys.nebula,
  ].join(' ');

/** Plants secrets in every field of both clouds' replies that holds words, and in those that hold secrets. */
export function plant(world: World): void {
  const text = shapedSecrets(world);
  const spoil = <K extends string>(rows: readonly Partial<Record<K, unknown>>[], ...fields: K[]) => {
    for (const row of rows) {
      for (const field of fields) if (typeof row[field] === 'string') row[field] = `${row[field]} ${text}`;
    }
  };
  world.canary = text;
  for (const machine of world.volt.machines) machine.available_gpus = 100;
  for (const state of ['running', 'stopped', 'failed']) world.addPod('volt', { name: `box ${text}`, state });
  world.addPod('nebula', { name: `box ${text}`, product_id: 'prd-ca-a6000-1' });
  const { id } = createJob(
    world,
    { taskType: 'text', name: `tuner ${text}`, model: 'a/b-7B', dsRepo: 'a/b', hours: 2 },
    0,
  );
  world.setJobStatus(id, 'success');
  const { volt, nebula } = world;
  spoil(volt.machines, 'location', 'gpu_type');
  spoil(volt.pods, 'image');
  spoil(volt.jobs, 'baseModel', 'datasetRepo', 'outputModelRepo');
  spoil(volt.ssh_keys, 'name', 'public_key');
  spoil(volt.templates, 'name', 'description');
  spoil(volt.credentials, 'name', 'username', 'registry');
  spoil(volt.api_keys, 'name');
  spoil(nebula.products, 'gpu_type');
  spoil(nebula.images, 'os_name', 'os_type');
  spoil(nebula.instances, 'os', 'vm_name');
  spoil(nebula.ssh_keys, 'key_name');
  spoil(nebula.api_keys, 'name', 'description');
  spoil(nebula.models, 'description', 'model_alias');
  for (const instance of nebula.instances) instance.vm_password = VALUES.vm;
  for (const template of volt.templates) template.env_vars = { TOKEN: VALUES.cloud_env };
}

/** Every secret that a reply, a log line or a file might let out, as text to search for. */
export const secretsOf = ({ keys, volt, nebula }: World): string[] => [
  MARK,
  keys.volt,
  keys.nebula,
  ...Object.values(VALUES),
  ...volt.api_keys.map(({ key }) => key),
  ...nebula.api_keys.map(({ key }) => key),
];
