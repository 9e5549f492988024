import * as nebula from '../src/clouds/nebula/notes.ts';
import * as volt from '../src/clouds/volt/notes.ts';
import { defineExample } from './example.ts';

export const example = defineExample({
  everyday: [
    {
      says: 'Show me what this one would cost for three hours, but do not rent it yet. Call it probe.',
      knows: 'volt:machine:mach_rtx4090_01 and the template volt:template:tpl_pytorch21',
      args: {
        name: 'probe',
        machine: 'volt:machine:mach_rtx4090_01',
        template: 'volt:template:tpl_pytorch21',
        max_lifetime_hours: 3,
        dry_run: true,
      },
    },
    {
      says: 'Rent two of its GPUs with PyTorch and my laptop key, call it trainer, never more than $1 an hour, off after 8 hours.',
      knows: 'volt:machine:mach_rtx4090_01, volt:template:tpl_pytorch21, volt:ssh_key:key_abc123',
      args: {
        machine: 'volt:machine:mach_rtx4090_01',
        template: 'volt:template:tpl_pytorch21',
        ssh_keys: ['volt:ssh_key:key_abc123'],
        name: 'trainer',
        gpu_count: 2,
        max_usd_per_hour: 1,
        max_lifetime_hours: 8,
      },
    },
    {
      says: 'Give me a small confidential H200 that runs vllm/vllm-openai:v0.8.0, named enclave.',
      args: { name: 'enclave', resource_name: 'h200-small', image: 'vllm/vllm-openai:v0.8.0' },
    },
  ],
  meanings: {
    name: 'Name of the pod: letters, digits, space, dot, dash, underscore; up to 64.',
    machine: 'Ref of a machine from `list_machines`. Needed unless `resource_name` is given.',
    resource_name: 'Size of a Targon pod: `h200-small`, `h200-large`, `b200-small` or `b200-large`.',
    gpu_count: 'How many GPUs of a Volt lium machine.',
    template: 'Ref of a template. Needed for Volt lium machines.',
    image: 'Nebula: ref of an image from `list_images`. Volt Targon: name of a container image.',
    ssh_keys: 'Refs of SSH keys that may log in; on Nebula exactly one.',
    volume_gb: 'Size of the volume of a Volt lium pod.',
    max_usd_per_hour: 'The user’s own limit: a more expensive offer is refused and nobody is asked.',
    max_lifetime_hours:
      'A lease. On Volt this server stops the pod after so many hours; on Nebula it only reminds. Nothing happens while no server runs; see [safety](safety.md#leases).',
  },
  cases: [
    {
      title: 'Volt, Lium',
      requests: { plan: [5, 1], run: [5, 2] },
      shown: true,
      args: {
        name: 'my-training-pod',
        machine: 'volt:machine:mach_rtx4090_01',
        template: 'volt:template:tpl_pytorch21',
        ssh_keys: ['volt:ssh_key:key_abc123'],
        gpu_count: 1,
        volume_gb: 50,
        max_usd_per_hour: 3,
        max_lifetime_hours: 8,
      },
      // The body of the Volt API Reference, Pods API, as it stands there.
      sends: [
        [
          'POST volt /pods',
          {
            machine_id: 'mach_rtx4090_01',
            name: 'my-training-pod',
            template_id: 'tpl_pytorch21',
            ssh_key_ids: ['key_abc123'],
            gpu_count: 1,
            volume_size_gb: 50,
          },
        ],
      ],
      challenge: '0.39',
      plan: {
        ref: 'volt:machine:mach_rtx4090_01',
        cost: { usd_per_hour: 0.39, quoted_at: '2026-03-28T14:00:00.000Z' },
      },
      says: ['Volt, lium', volt.LIUM.basis(0.39, 1, 0.39), '2026-03-28T14:00Z', ...volt.CREATE_NOTES],
      effect: { makes: 'pods', name: 'my-training-pod' },
    },
    {
      title: 'Volt, Lium, four GPUs and no key',
      args: {
        name: 'big',
        machine: 'volt:machine:mach_h100_03',
        template: 'volt:template:tpl_pytorch21',
        gpu_count: 4,
        ssh_keys: [],
        volume_gb: 50,
      },
      sends: [
        [
          'POST volt /pods',
          {
            machine_id: 'mach_h100_03',
            name: 'big',
            template_id: 'tpl_pytorch21',
            gpu_count: 4,
            volume_size_gb: 50,
          },
        ],
      ],
      challenge: '9.56',
      plan: { cost: { usd_per_hour: 9.56 } },
      says: [volt.LIUM.basis(2.39, 4, 9.56), '50 GB', volt.NO_SSH_KEY_NOTE],
    },
    {
      title: 'Volt, Targon',
      requests: { plan: [3, 1], run: [4, 2] },
      shown: true,
      args: {
        name: 'my-training-server',
        machine: 'volt:machine:mach_h200_targon_01',
        resource_name: 'h200-small',
        image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
      },
      // The body of the Volt API Reference, Pods API; the price is read from the machine.
      sends: [
        [
          'POST volt /pods',
          {
            provider: 'targon',
            name: 'my-training-server',
            resource_name: 'h200-small',
            image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
            cost_per_hour: 2.4,
          },
        ],
      ],
      challenge: '2.40',
      plan: { cost: { usd_per_hour: 2.4 } },
      says: ['Volt, targon', 'confidential', ...volt.TARGON_NOTES, ...volt.CREATE_NOTES],
      effect: { makes: 'pods', name: 'my-training-server' },
    },
    {
      title: 'Volt, Targon, a bare operating system',
      args: {
        name: 'enclave',
        machine: 'volt:machine:mach_h200_targon_01',
        resource_name: 'h200-small',
        image: 'ubuntu:22.04',
      },
      sends: [
        [
          'POST volt /pods',
          {
            provider: 'targon',
            name: 'enclave',
            resource_name: 'h200-small',
            image: 'ubuntu:22.04',
            cost_per_hour: 2.4,
          },
        ],
      ],
      challenge: '2.40',
      says: [volt.BARE_OS_NOTE],
    },
    {
      title: 'Nebula',
      requests: { plan: [5, 1], run: [5, 3] },
      shown: true,
      args: {
        name: 'worker',
        machine: 'nebula:machine:prd-ca-a6000-1',
        image: 'nebula:image:img-ca1-ubuntu2204',
        ssh_keys: ['nebula:ssh_key:73'],
      },
      // ssh_key_id is a number.
      sends: [
        [
          'POST nebula /computing/instance',
          {
            instance_name: 'worker',
            product_id: 'prd-ca-a6000-1',
            image_id: 'img-ca1-ubuntu2204',
            ssh_key_id: 73,
          },
        ],
      ],
      challenge: '0.49',
      plan: { cost: { usd_per_hour: 0.49 } },
      says: [nebula.ORDER.basis(0.49), ...nebula.CREATE_NOTES],
      effect: { makes: 'pods', name: 'worker' },
    },
    {
      title: 'Nebula, a container',
      args: {
        name: 'boxed',
        machine: 'nebula:machine:prd-us-rtx4090-c',
        image: 'nebula:image:img-us4-pytorch',
        ssh_keys: ['nebula:ssh_key:73'],
      },
      sends: [
        [
          'POST nebula /computing/instance',
          {
            instance_name: 'boxed',
            product_id: 'prd-us-rtx4090-c',
            image_id: 'img-us4-pytorch',
            ssh_key_id: 73,
          },
        ],
      ],
      challenge: '0.42',
      says: [nebula.CONTAINER_NOTE],
    },
  ],
});
