/** The kinds of training. */
export const FINETUNE_TASKS = ['text', 'chat', 'dpo', 'grpo', 'custom_text', 'custom_chat', 'image'] as const;

/** Templates by which a conversation becomes training text (Volt API Reference, Fine-Tuning > Chat Templates). */
export const CHAT_TEMPLATES = [
  'alpaca',
  'chatml',
  'deepseek_v3',
  'gemma3',
  'llama3',
  'llama4',
  'mistral_v3_tekken',
  'phi_4',
  'qwen_25',
  'qwen3',
] as const;

/** Image models: Flux is shown, SDXL follows from the description of the task type `image`. */
export const IMAGE_MODEL_TYPES = ['flux', 'sdxl'] as const;

/** Form of a Hugging Face id: owner/name. */
export const HUGGING_FACE_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/;

/** The inputs of submit_finetune, each checked by itself; the cloud decides which of them a task takes. */
export interface FinetuneRequest {
  name: string;
  task_type: (typeof FINETUNE_TASKS)[number];
  model: string;
  hours: number;
  dataset_repo?: string | undefined;
  dataset_url?: string | undefined;
  chat_template?: (typeof CHAT_TEMPLATES)[number] | undefined;
  field_instruction?: string | undefined;
  field_output?: string | undefined;
  field_conversation?: string | undefined;
  field_prompt?: string | undefined;
  field_chosen?: string | undefined;
  field_rejected?: string | undefined;
  image_model_type?: (typeof IMAGE_MODEL_TYPES)[number] | undefined;
  webhook_url?: string | undefined;
}

/** The inputs of create_pod, refs already parsed to raw ids of this cloud. */
export interface CreatePodRequest {
  name: string;
  machine_id: string | null;
  resource_name: string | null;
  gpu_count: number | null;
  template_id: string | null;
  /** A raw image id if the cloud has images, else a container image reference. */
  image: string | null;
  ssh_key_ids: string[];
  volume_gb: number | null;
}

/** The changes that update_pod may ask for; undefined = no change. */
export interface PodChange {
  name?: string | undefined;
  ssh_key_ids?: string[] | undefined;
  volume_gb?: number | undefined;
}

/** A new template, or the changed parts of one. `env_vars` replaces the whole map. */
export interface TemplateChange {
  name?: string | undefined;
  image?: string | undefined;
  category?: string | undefined;
  description?: string | undefined;
  docker_credential_id?: string | undefined;
  ports?: number[] | undefined;
  env_vars?: Record<string, string> | undefined;
}

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface TextRequest {
  model: string;
  messages: ChatMessage[];
  image_urls: string[];
  max_tokens?: number | undefined;
  temperature?: number | undefined;
  top_p?: number | undefined;
}

export interface ImageRequest {
  model: string;
  prompt: string;
  negative_prompt?: string | undefined;
  steps?: number | undefined;
  guidance_scale?: number | undefined;
  width?: number | undefined;
  height?: number | undefined;
  seed?: number | undefined;
  image?: string | undefined;
  mask?: string | undefined;
}

const MAGIC: [string, RegExp][] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
];
const PADDING = /={1,2}$/;
const NOT_BASE64 = /[^A-Za-z0-9+/]/;

/** The type of a base64 image by its first bytes; null for anything but PNG, JPEG and WebP. */
function sniff(base64: string): string | null {
  const head = Buffer.from(base64.slice(0, 24), 'base64').toString('latin1');
  return MAGIC.find(([, magic]) => magic.test(head))?.[0] ?? null;
}

/** Base64 image data without a `data:` prefix or line breaks; null if it is no image of a known type. */
export function imageData(text: string): { base64: string; mime_type: string } | null {
  const base64 = text.replace(/^data:[a-z]+\/[a-z0-9.+-]+;base64,/i, '').replace(/\s+/g, '');
  if (NOT_BASE64.test(base64.slice(0, -2) + base64.slice(-2).replace(PADDING, ''))) return null;
  const mime_type = sniff(base64);
  return mime_type === null ? null : { base64, mime_type };
}

/** The rule about base64 images in words. */
export const NO_IMAGE = 'must be a PNG, JPEG or WebP image in base64';
