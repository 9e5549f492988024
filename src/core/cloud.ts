import type { BudgetState } from './budget.ts';
import type {
  ApiKey,
  DockerCredential,
  Image,
  Invoice,
  Job,
  Machine,
  Model,
  Payment,
  Pod,
  PodState,
  SshKey,
  Template,
} from './model.ts';
import type { ExpectedPod } from './outcome.ts';
import type { Permit } from './permit.ts';
import type { Cost, Planned } from './plan.ts';
import type { CloudId } from './ref.ts';
import type {
  CreatePodRequest,
  FinetuneRequest,
  ImageRequest,
  PodChange,
  TemplateChange,
  TextRequest,
} from './requests.ts';

/**
 * The context of every call to a cloud. Aborting `signal` aborts the request. A write needs a live permit; `onWritten` is
 * called once it was answered or its answer was lost. `purpose: 'poll'` counts against the pollers' share of the budget;
 * `gate`, a read that a write depends on, may use the share that is kept for writes, and a list read so is complete (every
 * page, as many rows as the cloud counts) or fails. `fresh` refuses earlier answers, but one `reading` sends a request once.
 * `kept` sends nothing: it takes a catalogue that was read within the last minute, and fails if there is none.
 */
export interface Io {
  signal: AbortSignal;
  permit?: Permit | undefined;
  purpose?: 'poll' | 'gate' | undefined;
  fresh?: boolean | undefined;
  kept?: boolean | undefined;
  reading?: ReadingMark | undefined;
  onWritten?: (() => void) | undefined;
}

/**
 * Marks the requests that together show one moment: the names of a call, its plan, and the fleet that its caps are checked
 * against.
 */
export interface ReadingMark {
  readonly of: string;
}

/** A cloud's reply to an action: its message (cleaned), the state it names (raw, and ours if it is a known one), notes about money. */
export interface ActionReply {
  message: string | null;
  raw_state: string | null;
  state?: PodState | undefined;
  /** The thing's name and the ids of its SSH keys as the reply shows them; absent if it does not. */
  name?: string;
  ssh_key_ids?: string[];
  notes: string[];
}

/** A checked order: what `create` will send, and what a person is shown before. */
export interface CreateOrder {
  /** The exact JSON body that will be sent. */
  body: Record<string, unknown>;
  /** One line, e.g. `1 x RTX 4090 in US-East (Volt, lium)`. */
  summary: string;
  /** The same in a few words, e.g. `1 x RTX 4090`. */
  what: string;
  /** The worst consequence, one sentence of at most 80 columns. */
  worst: string;
  cost: Cost;
  effects: string[];
  consequences: string[];
  /** Facts that must still hold when the order is sent, e.g. the image behind a template; left out if there are none. */
  facts?: Planned['facts'];
  expects?: ExpectedPod;
}

/** The price of one live pod an hour. `usd_per_hour_max` is the upper reading if the cloud's figure is ambiguous; null = unknown. */
export interface PodRate {
  ref: string;
  usd_per_hour: number | null;
  usd_per_hour_max: number | null;
  note: string | null;
}

export interface PodOps {
  /** All live pods. The list is empty only if the cloud reports that. */
  list(io: Io): Promise<Pod[]>;
  listDeleted?(io: Io): Promise<Pod[]>;
  /** `listed`: the pod as a list that was just read shows it; what a detail lacks is then taken from it. */
  get(io: Io, id: string, listed?: Pod): Promise<Pod>;
  rates(io: Io, pods: Pod[]): Promise<PodRate[]>;
  /** The warning that the pod's reported price may be for each of its GPUs; null if the price is clear. */
  priceDoubt?(pod: Pod): string | null;
  /**
   * Checks an order completely and reads the present price; sends no write. A refusal because of the machine names what can
   * be ordered instead, also of `others`: machines of other clouds that were just read. `agreed`: the facts of the order
   * that a person agreed to, if this is the last reading before it is placed: of price, stock and machine, and of what is
   * behind a template.
   */
  prepareCreate(
    io: Io,
    request: CreatePodRequest,
    others?: readonly Machine[],
    agreed?: CreateOrder['facts'] | null,
  ): Promise<CreateOrder>;
  /** Places the order. Null if the cloud's reply names no id; the caller then compares the lists. */
  create(io: Io, order: CreateOrder): Promise<Pod | null>;
  start(io: Io, id: string): Promise<ActionReply>;
  stop(io: Io, id: string): Promise<ActionReply>;
  restart?(io: Io, id: string): Promise<ActionReply>;
  update?(io: Io, id: string, change: PodChange): Promise<ActionReply>;
  delete(io: Io, id: string): Promise<ActionReply>;
  notes: PodNotes;
  /** True if an order or a change may ask for a volume of a size. */
  has_volumes: boolean;
  /** Documented sizes, if machines can be ordered by the name of a size instead of by machine. */
  resource_names?: readonly string[];
}

export interface JobOps {
  list(io: Io): Promise<Job[]>;
  get(io: Io, id: string): Promise<Job>;
  /** Checks the request and prices it; sends nothing. @throws GpuError invalid_input naming every missing field. */
  prepareSubmit(request: FinetuneRequest, now: Date): CreateOrder;
  submit(io: Io, order: CreateOrder): Promise<Job>;
  cancel(io: Io, id: string): Promise<ActionReply>;
  /** The problem of a URL as the webhook of a job; null if there is none. */
  webhookProblem(url: string): string | null;
  /** Notes about money that a person must read before this job is cancelled. */
  cancelNotes(job: Job): string[];
}

export interface SshKeyOps {
  list(io: Io): Promise<SshKey[]>;
  add(io: Io, key: { name: string; public_key: string }): Promise<SshKey>;
  rename?(io: Io, id: string, name: string): Promise<SshKey>;
  delete(io: Io, id: string): Promise<ActionReply>;
  notes: { add: string[]; delete: string[] };
}

export interface TemplateOps {
  list(io: Io): Promise<Template[]>;
  get(io: Io, id: string): Promise<Template>;
  create(io: Io, template: TemplateChange & { name: string; image: string }): Promise<Template>;
  update(io: Io, id: string, change: TemplateChange): Promise<Template>;
  delete(io: Io, id: string): Promise<ActionReply>;
  /** The fields that the cloud documents for an update. */
  changeable: readonly (keyof TemplateChange)[];
  notes: { update: string[]; delete: string[] };
}

export interface DockerCredentialOps {
  list(io: Io): Promise<DockerCredential[]>;
  get(io: Io, id: string): Promise<DockerCredential>;
  add(
    io: Io,
    credential: { name: string; registry: string; username: string; password: string },
  ): Promise<DockerCredential>;
  delete(io: Io, id: string): Promise<ActionReply>;
  notes: { add: string[]; delete: string[] };
}

export interface ApiKeyOps {
  /** True if the cloud keeps a description of a key. */
  has_descriptions: boolean;
  list(io: Io): Promise<ApiKey[]>;
  /** The only place where a secret crosses the port: `secret` must go to a one-time file and nowhere else. */
  create(
    io: Io,
    key: { name: string; description?: string | undefined },
  ): Promise<{ api_key: ApiKey; secret: string }>;
  revoke(io: Io, id: string): Promise<ActionReply>;
  notes: { create: string[]; revoke: string[] };
}

export interface Balance {
  usd: number | null;
  /** The cloud's own decimal string, all its digits. */
  usd_text: string | null;
}

/** The rows of a list; `incomplete`: a sentence if the cloud counts more than it lists, else null. */
export interface Bills<T> {
  rows: T[];
  incomplete: string | null;
}

export interface BillingOps {
  balance(io: Io): Promise<Balance>;
  /** In the cloud's order, cut at `max` rows. */
  invoices(io: Io, max: number): Promise<Bills<Invoice>>;
  /** The PDF's bytes, checked to be a PDF and at most 10 MiB. */
  invoicePdf(io: Io, id: string): Promise<Uint8Array>;
  /** In the cloud's order, cut at `max` rows. */
  payments(io: Io, max: number): Promise<Bills<Payment>>;
}

export interface Usage {
  prompt_tokens: number | null;
  completion_tokens: number | null;
  total_tokens: number | null;
}

export interface TextResult {
  model: string;
  text: string;
  finish_reason: string | null;
  usage: Usage;
  /** What is missing of the text. */
  note?: string;
}

export interface InferenceOps {
  models(io: Io): Promise<Model[]>;
  /** The models as they were listed within the last hour; none before. Sends nothing. */
  listed(): readonly Model[];
  /** `onText` gets each piece as it arrives. What arrived of a text that broke off is its result: it was paid for. */
  text(io: Io, request: TextRequest, onText: (piece: string) => void): Promise<TextResult>;
  /** Base64 image data with its MIME type. `note`: what is missing. */
  image(
    io: Io,
    request: ImageRequest,
  ): Promise<{ images: { base64: string; mime_type: string }[]; seconds: number | null; note?: string }>;
  embed(
    io: Io,
    request: { model: string; input: string[] },
  ): Promise<{ model: string; vectors: number[][]; usage: Usage }>;
}

/** The port between tools and a cloud. A missing group means that its tools do not exist for this cloud. */
export interface Cloud {
  id: CloudId;
  title: string;
  budget(): BudgetState | null;
  /** The cloud's own clock; ours if it is left out. */
  now?(): Date;
  /** Differences between replies and the cloud's documents since the start, each once; names and states only. */
  drift?(): string[];
  machines: { list(io: Io): Promise<Machine[]> };
  pods: PodOps;
  images?: { list(io: Io): Promise<Image[]> };
  jobs?: JobOps;
  sshKeys?: SshKeyOps;
  templates?: TemplateOps;
  dockerCredentials?: DockerCredentialOps;
  apiKeys?: ApiKeyOps;
  billing?: BillingOps;
  inference?: InferenceOps;
  close(): Promise<void>;
}

/** The configured clouds. */
export interface Clouds {
  ids: readonly CloudId[];
  /** True if the cloud exists, configured or not. */
  knows(id: CloudId): boolean;
  /** @throws GpuError `not_configured`, or `invalid_input` for an unknown one */
  get(id: CloudId): Cloud;
  all(): Cloud[];
}

/** Notes that a person must read before each action on a pod, by this cloud's documents. */
export interface PodNotes {
  start: string[];
  stop: string[];
  restart: string[];
  /** By what is changed. */
  update: { name?: string[]; ssh_keys?: string[]; volume_gb?: string[] };
  delete: string[];
  /** The fate of the data on a pod, in a few words for a table. */
  data: { stop: string; delete: string };
  /** The worst consequence of each action, one sentence of at most 80 columns. */
  worst: { start: string; stop: string; restart: string; delete: string };
  /** False if the documents do not say that stopping ends billing. */
  stop_ends_billing: boolean;
}
