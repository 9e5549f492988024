/**
 * What an input means, for a person with time to read: the schemas are kept short, because a model reads them in
 * every conversation. `tool.field` wins over `field`, and both win over the schema's own description.
 */
const MEANINGS: Readonly<Record<string, string>> = {
  cloud: 'Only this cloud. Left out: all configured clouds.',
  limit: 'At most this many rows, 1 to 100.',
  cursor: '`next_cursor` of the answer before, unchanged, for the next page.',
  region: 'Part of the name of a region; letter case and punctuation do not matter.',
  confirmation_token: 'See [When the client cannot ask](#when-the-client-cannot-ask).',
  pod: 'Ref of a pod.',
  job: 'Ref of a job.',

  'list_machines.gpu':
    'Part of the model’s name, such as `H100` or `RTX 4090`; letter case and punctuation do not matter.',
  'list_machines.min_gpu_memory_gb':
    'Memory of one GPU, at least. Machines whose memory is unknown are left out.',
  'list_machines.min_gpus':
    'At least this many free GPUs (all GPUs where the cloud does not tell how many are free).',
  'list_machines.max_usd_per_gpu_hour': 'Price of one GPU for an hour, at most. Unknown prices are left out.',
  'list_machines.confidential': '`true`: only confidential machines (Targon); `false`: only others.',
  'list_machines.available_only': '`false` shows what is sold out too.',
  'list_machines.sort': '`price`: cheapest GPU first; `memory`: most memory a GPU first. Unknown comes last.',

  'list_images.region': 'Part of the name of a region; letter case does not matter.',
  'list_images.machine':
    'Ref of a Nebula machine: only images of the same data centre and region, as orders need.',

  'list_pods.state': 'Only pods in this state.',
  'list_pods.deleted': '`true` lists deleted pods instead of live ones.',

  'create_pod.name': 'Name of the pod: letters, digits, space, dot, dash, underscore; up to 64.',
  'create_pod.machine':
    'Ref of a machine from `list_machines`. Needed, except where `resource_name` is given.',
  'create_pod.resource_name':
    'Size of a Targon pod: `h200-small`, `h200-large`, `b200-small` or `b200-large`.',
  'create_pod.gpu_count': 'How many GPUs of a Volt lium machine.',
  'create_pod.template': 'Ref of a template. Needed for Volt lium machines.',
  'create_pod.image': 'Nebula: ref of an image from `list_images`. Volt Targon: name of a container image.',
  'create_pod.ssh_keys': 'Refs of SSH keys that may log in; on Nebula exactly one.',
  'create_pod.volume_gb': 'Size of the volume of a Volt lium pod.',
  'create_pod.max_usd_per_hour': 'The user’s own limit: a dearer offer is refused and nobody is asked.',
  'create_pod.max_lifetime_hours':
    'A lease. On Volt this server stops the pod after so many hours; on Nebula it only reminds. Nothing happens while no server runs; see [safety](safety.md#leases).',

  'update_pod.name': 'New name.',
  'update_pod.ssh_keys': 'Refs of the keys that the pod shall have: replaces them all.',
  'update_pod.volume_gb': 'New size of the volume; the pod must be stopped.',

  'wait_for.ref': 'Ref of a pod or a job.',
  'wait_for.until':
    'State to wait for. Left out: `running` for a pod, `terminal` (any end) for a job. Others: `stopped`, `deleted`, `training`, …',
  'wait_for.timeout_seconds':
    'How long one call may wait, 1 to 600. A time-out is a normal answer: call again.',

  'list_jobs.status': 'Only jobs in this state.',
  'submit_finetune.name': 'Name of the job: letters, digits, space, dot, dash, underscore; up to 64.',
  'submit_finetune.task_type': 'Kind of training; it decides which of the fields below are needed.',
  'submit_finetune.model': 'Hugging Face repository of the base model. Its size decides the price.',
  'submit_finetune.hours': 'Hours of training: hours x hourly price is debited at once.',
  'submit_finetune.dataset_repo': 'Hugging Face dataset; for every type but `custom_*`.',
  'submit_finetune.dataset_url': 'URL of a JSONL file; for `custom_text` and `custom_chat`.',
  'submit_finetune.chat_template':
    'For `chat`, `dpo`, `grpo`: `alpaca`, `chatml`, `deepseek_v3`, `gemma3`, `llama3`, `llama4`, `mistral_v3_tekken`, `phi_4`, `qwen_25` or `qwen3`.',
  'submit_finetune.field_instruction': 'Name of the dataset’s field; for `text`.',
  'submit_finetune.field_output': 'Name of the dataset’s field; for `text`.',
  'submit_finetune.field_conversation': 'Name of the dataset’s field; for `chat`.',
  'submit_finetune.field_prompt': 'Name of the dataset’s field; for `dpo`.',
  'submit_finetune.field_chosen': 'Name of the dataset’s field; for `dpo`.',
  'submit_finetune.field_rejected': 'Name of the dataset’s field; for `dpo`.',
  'submit_finetune.image_model_type': 'For `image`: `flux` or `sdxl`.',
  'submit_finetune.webhook_url': 'An https address that is told the facts of the job when it ends.',
  'submit_finetune.max_usd': 'The user’s own limit on the debit: more is refused and nobody is asked.',

  ssh_key: 'Ref of an SSH key.',
  'add_ssh_key.name': 'Name of the key: one visible line, up to 64 characters.',
  'add_ssh_key.public_key':
    'The one line of a `.pub` file. It is checked completely; a private key is refused and never repeated.',
  'add_ssh_key.cloud': 'Which account. May be left out where only one cloud is configured.',
  'rename_ssh_key.name': 'New name.',

  template: 'Ref of a template.',
  'create_template.name': 'Name, not yet used by another template of yours.',
  'create_template.image': 'Container image, such as `pytorch/pytorch:2.1.0`.',
  category: 'A word to sort by.',
  'create_template.description': 'Up to 500 characters.',
  docker_credential: 'Ref of a stored registry login, for a private image.',
  'get_docker_credential.docker_credential': 'Ref of a stored registry login.',
  'delete_docker_credential.docker_credential': 'Ref of a stored registry login.',
  ports: 'Ports to open, each once, up to 50.',
  'create_template.env_vars':
    'Environment variables, up to 100. Their values are never shown again, only their names.',
  'update_template.name': 'New name.',
  'update_template.image': 'New container image.',
  'update_template.description': 'New description.',
  'update_template.env_vars': 'All variables anew: those not given here go. Values are never shown again.',

  'add_docker_credential.name': 'Name to find it by.',
  'add_docker_credential.registry': 'Host of the registry, such as `ghcr.io`; https if with a scheme.',
  'add_docker_credential.username': 'User name at the registry.',
  'add_docker_credential.password_env':
    'Name of an environment variable of this server, `GPU_MCP_SECRET_…`, that holds the password: it never enters the conversation. This or `password`.',
  'add_docker_credential.password':
    'The password itself; it passes through the conversation. Better: `password_env`.',

  api_key: 'Ref of an API key.',
  'create_api_key.cloud': 'Which account.',
  'create_api_key.name': 'Name of the key: one visible line, up to 64 characters.',
  'create_api_key.description': 'One visible line, up to 200 characters.',

  invoice: 'Ref of an invoice.',
  'download_invoice.embed': '`true` puts the PDF into the answer too, where it has at most 1 MiB.',

  'list_models.type': 'Part of the type, such as `text`, `vision`, `image` or `embedding`.',
  'list_models.max_price': 'Price at most, in the cloud’s undocumented unit. Unknown prices are left out.',
  'list_models.search': 'Part of the name, alias or description.',
  model: 'Name of a model from `list_models`.',
  'generate_text.prompt': 'One question. This or `messages`.',
  'generate_text.messages': 'A conversation: `role` (`system`, `user`, `assistant`) and `content` each.',
  'generate_text.image_urls':
    'Up to 8 images for a vision model: https addresses without a login, or `data:` URLs.',
  'generate_text.max_tokens': 'Longest answer, in tokens.',
  'generate_text.temperature': '0 to 2.',
  'generate_text.top_p': '0 to 1.',
  'generate_image.prompt': 'What to show.',
  'generate_image.negative_prompt': 'What not to show.',
  'generate_image.steps': 'Steps of the model.',
  'generate_image.guidance_scale': 'How closely to follow the prompt, 0 to 100.',
  'generate_image.width': 'Pixels.',
  'generate_image.height': 'Pixels.',
  'generate_image.seed': 'The same seed gives the same picture where the model allows it.',
  'generate_image.image': 'Base64 of an image to start from.',
  'generate_image.mask': 'Base64 of a mask: what to repaint in `image`.',
  'embed_text.input': '1 to 64 texts.',
};

/** The keys of all meanings, so that a test can find those of inputs that are gone. */
export const meaningKeys = (): string[] => Object.keys(MEANINGS);

/** What an input means. @throws Error where neither this file nor the schema says it */
export function meaningOf(tool: string, field: string, described: string | undefined): string {
  const meaning = MEANINGS[`${tool}.${field}`] ?? MEANINGS[field] ?? described;
  if (meaning !== undefined && meaning !== '') return meaning;
  throw new Error(`${tool}.${field} is explained nowhere: add it to scripts/docs/meanings.ts.`);
}
