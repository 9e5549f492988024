/** What a user says on an ordinary day, and the one call that it should become, given nothing but the list of tools. */
export interface EverydayRequest {
  says: string;
  /** What earlier turns brought up, such as a ref; left out where the request stands at the beginning. */
  knows?: string;
  tool: string;
  args: Record<string, unknown>;
}

/** Written down before the descriptions were judged by them. Every tool is the answer to at least one. */
export const EVERYDAY_REQUESTS: readonly EverydayRequest[] = [
  { says: 'What is the cheapest H100 I can get right now?', tool: 'list_machines', args: { gpu: 'H100' } },
  {
    says: 'I need at least 4 GPUs with 80 GB each, confidential computing, under $3 per GPU and hour.',
    tool: 'list_machines',
    args: { min_gpus: 4, min_gpu_memory_gb: 80, confidential: true, max_usd_per_gpu_hour: 3 },
  },
  {
    says: 'Which Ubuntu images can I boot on that A6000?',
    knows: 'nebula:machine:prd-ca-a6000-1 is the A6000',
    tool: 'list_images',
    args: { machine: 'nebula:machine:prd-ca-a6000-1' },
  },
  {
    says: 'What is running on Volt at the moment?',
    tool: 'list_pods',
    args: { cloud: 'volt', state: 'running' },
  },
  {
    says: 'How do I ssh into trainer?',
    knows: 'trainer is volt:pod:pod_abc123',
    tool: 'get_pod',
    args: { pod: 'volt:pod:pod_abc123' },
  },
  {
    says: 'Rent two of its GPUs with PyTorch and my laptop key, call it trainer, never more than $1 an hour, off after 8 hours.',
    knows: 'volt:machine:mach_rtx4090_01, volt:template:tpl_pytorch21, volt:ssh_key:key_abc123',
    tool: 'create_pod',
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
    tool: 'create_pod',
    args: { name: 'enclave', resource_name: 'h200-small', image: 'vllm/vllm-openai:v0.8.0' },
  },
  {
    says: 'Switch the training box back on.',
    knows: 'it is volt:pod:pod_abc123, stopped',
    tool: 'start_pod',
    args: { pod: 'volt:pod:pod_abc123' },
  },
  {
    says: 'Pause trainer over the weekend but keep its disk.',
    knows: 'trainer is volt:pod:pod_abc123',
    tool: 'stop_pod',
    args: { pod: 'volt:pod:pod_abc123' },
  },
  {
    says: 'The driver hangs, reboot the machine.',
    knows: 'it is nebula:pod:i-42',
    tool: 'restart_pod',
    args: { pod: 'nebula:pod:i-42' },
  },
  {
    says: 'Rename trainer to eval-box.',
    knows: 'trainer is volt:pod:pod_abc123',
    tool: 'update_pod',
    args: { pod: 'volt:pod:pod_abc123', name: 'eval-box' },
  },
  {
    says: 'I am done with the Nebula box, make sure it costs nothing any more.',
    knows: 'it is nebula:pod:i-42',
    tool: 'delete_pod',
    args: { pod: 'nebula:pod:i-42' },
  },
  {
    says: 'Tell me as soon as it is up.',
    knows: 'volt:pod:pod_abc123 is being deployed',
    tool: 'wait_for',
    args: { ref: 'volt:pod:pod_abc123' },
  },
  { says: 'Did any of my fine-tunings fail?', tool: 'list_jobs', args: { status: 'failed' } },
  {
    says: 'Would I get my money back if I cancelled the support bot now?',
    knows: 'it is volt:job:ft_001',
    tool: 'get_job',
    args: { job: 'volt:job:ft_001' },
  },
  {
    says: 'Fine-tune Qwen2.5-7B-Instruct on myorg/support-qa for two hours, at most $60.',
    tool: 'submit_finetune',
    args: {
      name: 'support-qa',
      task_type: 'text',
      model: 'Qwen/Qwen2.5-7B-Instruct',
      hours: 2,
      dataset_repo: 'myorg/support-qa',
      max_usd: 60,
    },
  },
  {
    says: 'Call the training job off.',
    knows: 'it is volt:job:ft_001',
    tool: 'cancel_job',
    args: { job: 'volt:job:ft_001' },
  },
  { says: 'What am I burning per hour, and how much Nebula credit is left?', tool: 'get_spend', args: {} },
  { says: 'Which SSH keys do I have on Nebula?', tool: 'list_ssh_keys', args: { cloud: 'nebula' } },
  {
    says: 'Add my laptop key to Volt: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKJd3 me@laptop',
    tool: 'add_ssh_key',
    args: {
      cloud: 'volt',
      name: 'laptop',
      public_key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKJd3 me@laptop',
    },
  },
  {
    says: 'Call that key "office" instead.',
    knows: 'nebula:ssh_key:73',
    tool: 'rename_ssh_key',
    args: { ssh_key: 'nebula:ssh_key:73', name: 'office' },
  },
  {
    says: 'I lost that laptop, remove its key.',
    knows: 'volt:ssh_key:key_abc123',
    tool: 'delete_ssh_key',
    args: { ssh_key: 'volt:ssh_key:key_abc123' },
  },
  { says: 'Which ready-made containers are there on Volt?', tool: 'list_templates', args: {} },
  {
    says: 'Which ports does the PyTorch template open?',
    knows: 'volt:template:tpl_pytorch21',
    tool: 'get_template',
    args: { template: 'volt:template:tpl_pytorch21' },
  },
  {
    says: 'Make a template from ghcr.io/acme/train:3 with port 8888 and WANDB_MODE=offline.',
    tool: 'create_template',
    args: {
      name: 'acme-train',
      image: 'ghcr.io/acme/train:3',
      ports: [8888],
      env_vars: { WANDB_MODE: 'offline' },
    },
  },
  {
    says: 'Move our template to the image tag 4.',
    knows: 'volt:template:tpl_own, ghcr.io/acme/train',
    tool: 'update_template',
    args: { template: 'volt:template:tpl_own', image: 'ghcr.io/acme/train:4' },
  },
  {
    says: 'We do not need our template any more.',
    knows: 'volt:template:tpl_own',
    tool: 'delete_template',
    args: { template: 'volt:template:tpl_own' },
  },
  { says: 'Which registry logins are stored?', tool: 'list_docker_credentials', args: {} },
  {
    says: 'Which user name does the ghcr login have?',
    knows: 'volt:docker_credential:cred_001',
    tool: 'get_docker_credential',
    args: { docker_credential: 'volt:docker_credential:cred_001' },
  },
  {
    says: 'Store our ghcr.io login for acme-bot; the password is in GPU_MCP_SECRET_GHCR.',
    tool: 'add_docker_credential',
    args: { name: 'ghcr', registry: 'ghcr.io', username: 'acme-bot', password_env: 'GPU_MCP_SECRET_GHCR' },
  },
  {
    says: 'Remove the ghcr login.',
    knows: 'volt:docker_credential:cred_001',
    tool: 'delete_docker_credential',
    args: { docker_credential: 'volt:docker_credential:cred_001' },
  },
  { says: 'Which API keys exist, and which one are you using?', tool: 'list_api_keys', args: {} },
  {
    says: 'I need a Nebula API key for the CI.',
    tool: 'create_api_key',
    args: { cloud: 'nebula', name: 'ci' },
  },
  {
    says: 'The CI key leaked, kill it.',
    knows: 'volt:api_key:ak_002',
    tool: 'revoke_api_key',
    args: { api_key: 'volt:api_key:ak_002' },
  },
  { says: 'When did I last top up Nebula?', tool: 'list_invoices', args: {} },
  {
    says: 'Get me the PDF of that invoice for the accountant.',
    knows: 'nebula:invoice:inv_7',
    tool: 'download_invoice',
    args: { invoice: 'nebula:invoice:inv_7' },
  },
  { says: 'What did Nebula charge me last month?', tool: 'list_payments', args: {} },
  { says: 'Is there a DeepSeek model hosted on Nebula?', tool: 'list_models', args: { search: 'deepseek' } },
  {
    says: 'Have Llama 3.3 on Nebula summarise this: GPUs are rented by the hour.',
    knows: 'meta-llama/Llama-3.3-70B-Instruct',
    tool: 'generate_text',
    args: { model: 'meta-llama/Llama-3.3-70B-Instruct', prompt: 'Summarise: GPUs are rented by the hour.' },
  },
  {
    says: 'Paint a fox in the snow with Flux, 512 by 512.',
    knows: 'black-forest-labs/FLUX.1-schnell',
    tool: 'generate_image',
    args: { model: 'black-forest-labs/FLUX.1-schnell', prompt: 'a fox in the snow', width: 512, height: 512 },
  },
  {
    says: 'Turn these two sentences into vectors: "hello", "good bye".',
    knows: 'WhereIsAI/UAE-Large-V1',
    tool: 'embed_text',
    args: { model: 'WhereIsAI/UAE-Large-V1', input: ['hello', 'good bye'] },
  },
];
