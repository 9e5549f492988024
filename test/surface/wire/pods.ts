import type { Harness } from '../../harness.ts';
import { json, type WireRow } from './row.ts';

const voltPod =
  (state = 'running') =>
  ({ world }: Harness) =>
    world.addPod('volt', { name: 'trainer', machine_id: 'mach_rtx4090_01', state });
const nebulaPod =
  (state = 'Running') =>
  ({ world }: Harness) =>
    world.addPod('nebula', { name: 'trainer', product_id: 'prd-ca-a6000-1', state });
const volt = (id: string) => ({ pod: `volt:pod:${id}` });
const nebula = (id: string) => ({ pod: `nebula:pod:${id}` });

/** Machines, images and pods. Bodies of Volt are the examples of the Volt API Reference, Pods API, as they stand there. */
export const POD_ROWS: readonly WireRow[] = [
  {
    title: 'both clouds',
    tool: 'list_machines',
    args: () => ({ gpu: 'H100' }),
    sends: () => [['GET volt /machines'], ['GET nebula /computing/products']],
  },
  {
    title: 'one cloud only',
    tool: 'list_machines',
    args: () => ({ cloud: 'volt' }),
    sends: () => [['GET volt /machines']],
  },
  {
    title: 'that fit a machine',
    tool: 'list_images',
    args: () => ({ machine: 'nebula:machine:prd-no-a100-1' }),
    sends: () => [['GET nebula /computing/products'], ['GET nebula /computing/images']],
  },
  {
    title: 'live',
    tool: 'list_pods',
    args: () => ({}),
    sends: () => [['GET volt /pods'], ['GET nebula /computing/instances?limit=100&offset=0']],
  },
  {
    title: 'deleted',
    tool: 'list_pods',
    args: () => ({ deleted: true }),
    sends: () => [['GET nebula /computing/deleted-instances?limit=100&offset=0']],
  },
  {
    title: 'on Volt',
    tool: 'get_pod',
    prepare: voltPod(),
    args: volt,
    sends: (id) => [[`GET volt /pods/${id}`]],
  },
  {
    title: 'on Nebula, where only the list has the price',
    tool: 'get_pod',
    prepare: nebulaPod(),
    args: nebula,
    sends: (id) => [
      [`GET nebula /computing/instance/${id}`],
      ['GET nebula /computing/instances?limit=100&offset=0'],
    ],
  },
  {
    title: 'that is up already: seen in the shared list, then read in full',
    tool: 'wait_for',
    prepare: voltPod(),
    args: (id) => ({ ref: `volt:pod:${id}` }),
    sends: (id) => [['GET volt /pods'], [`GET volt /pods/${id}`]],
  },
  {
    title: 'on Volt, Lium: the documented body',
    tool: 'create_pod',
    args: () => ({
      machine: 'volt:machine:mach_rtx4090_01',
      name: 'my-training-pod',
      template: 'volt:template:tpl_pytorch21',
      ssh_keys: ['volt:ssh_key:key_abc123'],
      gpu_count: 1,
      volume_gb: 50,
    }),
    sends: () => [
      [
        'POST volt /pods',
        json({
          machine_id: 'mach_rtx4090_01',
          name: 'my-training-pod',
          template_id: 'tpl_pytorch21',
          ssh_key_ids: ['key_abc123'],
          gpu_count: 1,
          volume_size_gb: 50,
        }),
      ],
    ],
  },
  {
    title: 'on Volt, Targon: the documented body, its price read from the machine',
    tool: 'create_pod',
    args: () => ({
      machine: 'volt:machine:mach_h200_targon_01',
      name: 'my-training-server',
      resource_name: 'h200-small',
      image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
    }),
    sends: () => [
      [
        'POST volt /pods',
        json({
          provider: 'targon',
          name: 'my-training-server',
          resource_name: 'h200-small',
          image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
          cost_per_hour: 2.4,
        }),
      ],
    ],
  },
  {
    title: 'on Nebula: ssh_key_id is a number',
    tool: 'create_pod',
    args: () => ({
      machine: 'nebula:machine:prd-ca-a6000-1',
      name: 'trainer',
      image: 'nebula:image:img-ca1-ubuntu2204',
      ssh_keys: ['nebula:ssh_key:73'],
    }),
    sends: () => [
      [
        'POST nebula /computing/instance',
        json({
          instance_name: 'trainer',
          product_id: 'prd-ca-a6000-1',
          image_id: 'img-ca1-ubuntu2204',
          ssh_key_id: 73,
        }),
      ],
    ],
  },
  {
    title: 'on Volt: no body',
    tool: 'start_pod',
    prepare: voltPod('stopped'),
    args: volt,
    sends: (id) => [[`POST volt /pods/${id}/start`]],
  },
  {
    title: 'on Nebula: a GET',
    tool: 'start_pod',
    prepare: nebulaPod('Stopped'),
    args: nebula,
    sends: (id) => [[`GET nebula /computing/instance/${id}/start`]],
  },
  {
    title: 'on Volt: no body',
    tool: 'stop_pod',
    prepare: voltPod(),
    args: volt,
    sends: (id) => [[`POST volt /pods/${id}/stop`]],
  },
  {
    title: 'on Nebula: a GET',
    tool: 'stop_pod',
    prepare: nebulaPod(),
    args: nebula,
    sends: (id) => [[`GET nebula /computing/instance/${id}/stop`]],
  },
  {
    title: 'on Nebula: a GET',
    tool: 'restart_pod',
    prepare: nebulaPod(),
    args: nebula,
    sends: (id) => [[`GET nebula /computing/instance/${id}/reboot`]],
  },
  {
    title: 'name and keys, as documented; nothing else is sent',
    tool: 'update_pod',
    prepare: voltPod(),
    args: (id) => ({ ...volt(id), name: 'training-run-v2', ssh_keys: ['volt:ssh_key:key_abc123'] }),
    sends: (id) => [[`PUT volt /pods/${id}`, json({ name: 'training-run-v2', ssh_key_ids: ['key_abc123'] })]],
  },
  {
    title: 'the volume of a stopped pod',
    tool: 'update_pod',
    prepare: voltPod('stopped'),
    args: (id) => ({ ...volt(id), volume_gb: 80 }),
    sends: (id) => [[`PUT volt /pods/${id}`, json({ volume_size_gb: 80 })]],
  },
  {
    title: 'on Volt: no body',
    tool: 'delete_pod',
    prepare: voltPod(),
    args: volt,
    sends: (id) => [[`DELETE volt /pods/${id}`]],
  },
  {
    title: 'on Nebula: no body',
    tool: 'delete_pod',
    prepare: nebulaPod(),
    args: nebula,
    sends: (id) => [[`DELETE nebula /computing/instance/${id}`]],
  },
];
