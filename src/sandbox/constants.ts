/**
 * Every choice of the sandbox on which both clouds' documents are silent, and the few documented numbers
 * that its life cycles need. "Documented" values name their source; all others are our own choice and may
 * be changed here without touching any other file. Durations are sandbox seconds, money is USD.
 */

/** Default Volt key; its last four characters match the documented preview "volt_...x7f2" (Volt API Reference, API Keys). */
export const VOLT_API_KEY = 'volt_sandbox_key_x7f2';

/** Default Nebula key; the `ak_` prefix is that of the Nebula Block API Reference, API Keys > List API Keys. */
export const NEBULA_API_KEY = 'ak_sandbox_key';

/** The one console account that `POST /login` knows. */
export const NEBULA_LOGIN = {
  username: 'sandbox@example.com',
  password: 'sandbox_password',
  user_id: 1041,
  name: 'Sandbox User',
};

/** A JWT from `POST /login` lasts two hours (Nebula Block API Reference, Authentication). */
export const JWT_SECONDS = 7200;

/** Opening balances in USD; Nebula's is the documented example of GET /users/credits. */
export const OPENING_BALANCE = { volt: 1000, nebula: 1228.556 };

/** Plain-text password that the Nebula instance detail carries, so that leak tests can look for it. */
export const VM_PASSWORD = 'qZ3!sandbox-vm-password';

/** Largest request body in bytes; a larger one is refused with 400. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** How many entries the request log keeps; the oldest are dropped first. */
export const MAX_LOGGED_REQUESTS = 5000;

/** Volt: 1,000 requests per hour and key, fixed window (Volt API Reference, Authentication > Rate Limits). */
export const VOLT_RATE = { requests: 1000, window_seconds: 3600 };

/** Nebula inference: requests per minute of tier "Engineer 3" (Nebula Block docs, Tier); that a 429 answers is our choice. */
export const INFERENCE_RATE = { requests: 600, window_seconds: 60 };

/** What a transitional pod state turns into, and after how many seconds. */
export const VOLT_POD_NEXT: Record<string, { raw: string; after: number }> = {
  deploying: { raw: 'running', after: 20 },
  starting: { raw: 'running', after: 20 },
  stopping: { raw: 'stopped', after: 5 },
};

/** State a pod reaches in place of running when its template's registry credential is gone. */
export const PULL_FAILED_STATE = 'failed';

/** The same for Nebula instances; only "Running" and "Deleted" are documented names. */
export const NEBULA_INSTANCE_NEXT: Record<string, { raw: string; after: number }> = {
  Creating: { raw: 'Running', after: 20 },
  Starting: { raw: 'Running', after: 20 },
  Rebooting: { raw: 'Running', after: 20 },
  Stopping: { raw: 'Stopped', after: 5 },
};

/** Seconds of each job phase before training; the order is documented (Volt API Reference, Fine-Tuning > Job Status Flow). */
export const JOB_PHASE_SECONDS = {
  pending: 60,
  preparing_data: 60,
  looking_for_nodes: 60,
  ready: 60,
  evaluating: 600,
};

/** Statuses from which a cancel refunds in full (Volt API Reference, Fine-Tuning > Cancel); `ready` is not among them. */
export const REFUNDABLE_STATUSES = ['pending', 'preparing_data', 'idle', 'looking_for_nodes'];

/** Statuses that no longer change. */
export const TERMINAL_STATUSES = [
  'success',
  'failure',
  'failure_finding_nodes',
  'node_training_failure',
  'cancelled',
  'prep_task_failure',
];

/** Values of the `status` filter of GET /fine-tuning that are accepted. */
export const JOB_STATUSES = [
  'pending',
  'preparing_data',
  'idle',
  'looking_for_nodes',
  'ready',
  'training',
  'evaluating',
  ...TERMINAL_STATUSES.slice(0, 5),
] as const;

/** Message of a cancel that refunds nothing. */
export const CANCEL_WITHOUT_REFUND =
  'Job cancelled. No refund: the cost is committed once nodes are assigned.';

/**
 * USD per training hour by model size (Volt API Reference, Fine-Tuning > Pricing). An 8B model stands at 27.75
 * because all three documented examples charge that; the band edges between the documented bands are our choice.
 */
export const JOB_TIERS = [
  { up_to_billions: 1, usd: 18.5 },
  { up_to_billions: 8, usd: 27.75 },
  { up_to_billions: 39.999, usd: 46.25 },
  { up_to_billions: Number.POSITIVE_INFINITY, usd: 92.5 },
];

/** Price of an 8B model if the tier table is read literally (drift switch `volt_8b_at_table_price`). */
export const JOB_8B_TABLE_USD = 46.25;

/** Image LoRA, USD per hour (Volt API Reference, Fine-Tuning > Pricing). */
export const JOB_IMAGE_USD = 9.25;

/** Price of a model whose name states no size. */
export const JOB_UNKNOWN_SIZE_USD = 92.5;

/** Webhook: header and the ten seconds are documented (Volt API Reference, Fine-Tuning > Webhooks); one event name for all ends is our choice. */
export const WEBHOOK = {
  user_agent: 'VoltageGPU-Webhook/1.0',
  event: 'fine_tuning.job.completed',
  timeout_ms: 10_000,
};

/**
 * Targon resources: the four names are documented (Volt API Reference, Pods > Targon Confidential Compute), the
 * GPU counts are not. `h200-small` at 2.40 equals the price per GPU of the documented machine, hence one GPU.
 */
export const TARGON_RESOURCES: Record<string, { gpu_type: string; gpu_count: number }> = {
  'h200-small': { gpu_type: 'H200', gpu_count: 1 },
  'h200-large': { gpu_type: 'H200', gpu_count: 4 },
  'b200-small': { gpu_type: 'B200', gpu_count: 1 },
  'b200-large': { gpu_type: 'B200', gpu_count: 4 },
};

/** Volume of a Lium pod created without `volume_size_gb`. */
export const DEFAULT_VOLUME_GB = 20;

/** SSH port of a running pod, as in the documented example. */
export const POD_SSH_PORT = 22;

/** Volt error codes; only INVALID_API_KEY is documented (Volt API Reference, Error Response Format). */
export const VOLT_CODES = {
  missing_key: 'MISSING_API_KEY',
  invalid_key: 'INVALID_API_KEY',
  funds: 'INSUFFICIENT_BALANCE',
  not_found: 'NOT_FOUND',
  state: 'INVALID_STATE',
  capacity: 'INSUFFICIENT_CAPACITY',
  price: 'PRICE_MISMATCH',
  system_template: 'SYSTEM_TEMPLATE',
  rate: 'RATE_LIMITED',
  unavailable: 'not_available',
};

/** HTTP status of a Nebula business refusal (no funds, wrong state, out of stock, unknown id); Nebula documents no codes. */
export const NEBULA_FAILED_STATUS = 200;

/** Default page of Nebula lists (Nebula Block API Reference, SSH Keys > List SSH Keys). */
export const NEBULA_PAGE = { limit: 100, offset: 0 };

/** Random walk of prices, when switched on: one step each so many seconds, at most this share, within these bounds of the first price. */
export const PRICE_WALK = { every_seconds: 60, step: 0.02, floor: 0.5, ceiling: 2, max_steps: 1000 };

/** Inference prices are per million tokens (text, embeddings) or per image; the unit of the documented `price` is not stated. */
export const TOKENS_PER_PRICE_UNIT = 1_000_000;

/** Rough size of a token in characters, for the usage numbers of generated text. */
export const CHARS_PER_TOKEN = 4;

/** Width of every embedding vector. */
export const EMBEDDING_DIMENSIONS = 1024;

/** Image generation defaults and bounds in pixels. */
export const IMAGE = {
  width: 1024,
  height: 1024,
  min: 64,
  max: 2048,
  num_steps: 25,
  guidance_scale: 7.5,
  max_steps: 100,
};
