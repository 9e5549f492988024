import { type Examples, job, nebulaPod, stoppedVoltPod, voltPod } from './example.ts';

/** Machines, pods, jobs and spending. */
export const COMPUTE_EXAMPLES: Examples = {
  list_machines: [{ args: { gpu: 'H100', max_usd_per_gpu_hour: 2.5, limit: 5 } }],
  list_images: [{ args: { machine: 'nebula:machine:prd-ca-a6000-1' } }],
  list_pods: [{ before: [...voltPod, ...nebulaPod], args: {} }],
  get_pod: [{ before: voltPod, args: { pod: '$pod' } }],
  create_pod: [
    {
      title: 'One GPU of a Volt machine, with a limit of one’s own and a lease',
      args: {
        name: 'trainer',
        machine: 'volt:machine:mach_h100_03',
        template: 'volt:template:tpl_pytorch21',
        ssh_keys: ['volt:ssh_key:key_abc123'],
        gpu_count: 1,
        max_usd_per_hour: 3,
        max_lifetime_hours: 8,
      },
    },
    {
      title: 'A confidential (Targon) pod on Volt, by size',
      args: { name: 'enclave', resource_name: 'h200-small', image: 'vllm/vllm-openai:v0.8.0' },
    },
    {
      title: 'A GPU instance on Nebula',
      args: {
        name: 'worker',
        machine: 'nebula:machine:prd-ca-a6000-1',
        image: 'nebula:image:img-ca1-ubuntu2204',
        ssh_keys: ['nebula:ssh_key:73'],
      },
    },
  ],
  start_pod: [{ before: stoppedVoltPod, args: { pod: '$pod' } }],
  stop_pod: [
    { title: 'On Volt', before: voltPod, args: { pod: '$pod' } },
    { title: 'On Nebula', before: nebulaPod, args: { pod: '$pod' } },
  ],
  restart_pod: [{ before: nebulaPod, args: { pod: '$pod' } }],
  update_pod: [{ before: voltPod, args: { pod: '$pod', name: 'trainer-2' } }],
  delete_pod: [
    { title: 'On Volt', before: voltPod, args: { pod: '$pod' } },
    { title: 'On Nebula', before: nebulaPod, args: { pod: '$pod' } },
  ],
  wait_for: [
    { title: 'A new pod', before: voltPod.slice(0, 1), args: { ref: '$pod' } },
    { title: 'A job, with a time-out', before: job, args: { ref: '$job', timeout_seconds: 10 } },
  ],
  list_jobs: [{ before: job, args: {} }],
  get_job: [{ before: [...job, { pass_seconds: 600 }], args: { job: '$job' } }],
  submit_finetune: [
    {
      title: 'Text',
      args: {
        name: 'support-bot',
        task_type: 'text',
        model: 'meta-llama/Llama-3.1-8B-Instruct',
        hours: 2,
        dataset_repo: 'myorg/support-qa',
        field_instruction: 'question',
        field_output: 'answer',
        max_usd: 100,
      },
    },
    {
      title: 'More than the operator allows',
      args: {
        name: 'big-bot',
        task_type: 'text',
        model: 'meta-llama/Llama-3.1-70B-Instruct',
        hours: 3,
        dataset_repo: 'myorg/support-qa',
      },
    },
  ],
  cancel_job: [
    { title: 'Before training: refunded', before: job, args: { job: '$job' } },
    {
      title: 'While it trains: not refunded',
      before: [...job, { pass_seconds: 600 }],
      args: { job: '$job' },
    },
  ],
  get_spend: [{ before: [...voltPod, ...nebulaPod, ...job], args: {} }],
};
