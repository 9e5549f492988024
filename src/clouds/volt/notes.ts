import type { PodNotes } from '../../core/cloud.ts';
import { PROCESSES_END } from '../../core/plan.ts';
import { clean, quote, usd, withArticle } from '../../core/text.ts';

// Notes that a person must read before an action, by the Volt API Reference; if it is silent, the note says so.

/** Before renting any pod (Pods API; Machines > Live Pricing; Error Codes 402). */
export const CREATE_NOTES = [
  'Billed hourly, used or not, until the pod is stopped or deleted.',
  'Prices move: this is a quote, not a reservation.',
  'Volt refuses the order if the balance is too low; its API does not show the balance.',
];

/** The worst consequence of each kind of order, one line each. */
export const WORST = {
  billed: 'It is billed for as long as it runs, used or not.',
  no_key: 'No SSH key: nobody can log in with one, and it is billed all the same.',
  bare_os: 'This image is likely to crash in a loop while it is billed.',
  multiple: 'The bill may be a multiple of this price: the size is not documented.',
};

/** Before renting a Targon pod (Pods API > Targon Confidential Compute). */
export const TARGON_NOTES = [
  'Whether the price is for one GPU or for the whole resource is not documented, so no limit on it is sure to hold.',
  'The order itself states the hourly price: sending it accepts that price.',
  'No field for SSH keys is documented for Targon pods, so how to log in is not known in advance.',
];

/** For a resource that may hold several GPUs: its size is not documented. */
export const UNKNOWN_MULTIPLE =
  'The resource may have several GPUs; the bill may then be an unknown multiple of the price shown.';

/** For an order that names an SSH key; see `login` in map.ts. */
export const LOGIN_GUESS = 'The login user is not documented: once the pod runs, try root.';

/** For an order that names no SSH key. */
export const NO_SSH_KEY_NOTE = 'No SSH key is given: nobody will be able to log in to the pod with a key.';

/** For images without a long-lived process: such a container ends at once and is restarted in a loop. */
export const BARE_OS_NOTE =
  'This operating system image starts no process that keeps running: the container is likely to crash and restart in a loop while it is billed.';

const NO_RESTART = 'Volt documents no restart.';
const ROOT_DESTROYED = 'Permanent: the local volume /root is destroyed, with all data on it.';

/** Pods API > start, stop, PUT, DELETE, and "Deletion is Permanent". */
export const POD_NOTES: PodNotes = {
  start: [
    'GPU billing resumes when the pod is running, typically 15 to 30 seconds after the start.',
    'Volt refuses the start if the balance is too low.',
  ],
  stop: [
    'GPU billing pauses. Storage is kept, and the documents do not say that kept storage is free.',
    'Data on the /root volume is documented as preserved.',
    'On newer versions of Volt a stop may end the rental: back up first, and check the pod afterwards.',
  ],
  restart: [NO_RESTART],
  update: {
    ssh_keys: ['The list of SSH keys is replaced as a whole: keys that are not in the new list are removed.'],
    volume_gb: [
      'A change of hardware or volume needs a stopped pod.',
      'The documents name no field for the volume; volume_size_gb, the field of the order, is sent.',
    ],
  },
  delete: [
    ROOT_DESTROYED,
    'This cannot be undone. Back up first: external volumes at /mnt are documented as preserved, but the reply mentions "all associated resources", and nothing shows whether this pod has a volume. Rely only on copies kept elsewhere.',
  ],
  data: { stop: 'disk kept', delete: '/root destroyed' },
  worst: {
    start: 'GPU billing resumes as soon as it runs.',
    stop: PROCESSES_END,
    restart: NO_RESTART,
    delete: ROOT_DESTROYED,
  },
  stop_ends_billing: true,
};

/** SSH Keys: "Running pods keep existing authorized keys until redeployed." */
export const SSH_KEY_NOTES = {
  add: ['Anyone who has the private half can log in to every pod that is created with this key.'],
  delete: [
    'Running pods keep the key until they are redeployed: this does not cut existing access.',
    'To end access now, remove the key on the pod itself or delete the pod.',
  ],
};

/** Templates: PUT and DELETE. */
export const TEMPLATE_NOTES = {
  update: [
    'Existing pods are not affected; pods created from now on use the new version.',
    'The whole map of environment variables is replaced: a variable that is not given again is removed.',
  ],
  delete: ['Existing pods that use the template are not affected.', 'System templates cannot be deleted.'],
};

/** Docker Credentials: POST and DELETE. */
export const CREDENTIAL_NOTES = {
  add: ['The password is sent to Volt and stored there; it can never be read back.'],
  delete: [
    'Templates that use this credential will fail to pull their image at the next deploy; get_template shows which one a template uses.',
  ],
};

/** API Keys: POST ("Save Your Key Immediately") and DELETE. */
export const API_KEY_NOTES = {
  create: [
    'The full key is shown once, to this server, and never again.',
    'Anyone who has it can rent and delete on this account; keep it out of chats and logs.',
  ],
  revoke: [
    'Takes effect at once: every program that uses the key gets 401 from then on.',
    'If it is, or may be, the key that this server uses, the server locks itself out. Only the last four characters can be compared.',
  ],
};

/** After a stop. */
export const CHECK_AFTER_STOP = 'On newer versions of Volt a stop may end the rental: check the pod again.';
/** After a start. */
export const BILLED_WHEN_RUNNING = 'GPU billing resumes when the pod is running, not before.';
/** After a deletion (Pods API, DELETE). */
export const DELETED_VOLUMES =
  'The local volume /root is destroyed; external volumes at /mnt are documented as preserved.';
/** An amount in a reply, such as `prepaid_refund = 3.2`. */
export const UNEXPLAINED_AMOUNT = (amount: string): string =>
  `The cloud's reply also has ${amount}; no document explains it.`;
/** On a pod whose detail was completed from the list. */
export const FROM_LIST = 'Fields that the detail leaves out come from the list of pods.';

/** The rate of a stopped pod. */
export const STOPPED_NOTE = 'Stopped: GPU billing pauses, but kept storage may still cost.';

/** The rate of a pod in a failed or unknown state. */
export const MAY_BILL_NOTE = 'No document says whether a pod in this state is billed.';

/** Orders of any pod. `instead`: what can be rented instead. */
export const ORDER = {
  place: (region: string | null): string => (region === null ? '' : ` in ${clean(region, 60)}`),
  refused: 'This pod cannot be ordered yet.',
  not_offered: (instead: string): string => `no longer on offer. ${instead}`,
  sold_out: (machine: string): string => `No GPU of machine ${quote(machine)} is free at present.`,
  no_price: 'machine: it has no price at present.',
  no_price_next: 'Call list_machines for one with a price.',
};

/** The effects and the cost of an order of a Lium pod. `keys` and `template` come as a plan shows them. */
export const LIUM = {
  what: (count: number, gpu: string): string => `${count} x ${gpu}`,
  unknown_gpu: 'GPU of unknown model',
  basis: (price: number, count: number, total: number): string =>
    `${usd(price)} USD per GPU and hour x ${count} = ${usd(total)} USD/h`,
  runs: (image: string | null, template: string): string =>
    `Runs the image ${image === null ? '(not known)' : quote(image, 300)} of template ${template}.`,
  keys: (keys: string): string => `Puts the SSH keys ${keys} on it.`,
  volume: (gb: number): string => `Asks for a volume of ${gb} GB.`,
  no_image:
    'not part of an order of a Lium pod; its image comes from a template (list_templates, create_template)',
  few_free: (free: number, instead: string): string =>
    `only ${free} of the machine's GPUs are free. ${instead}`,
};

/** For a machine that does not report its free GPUs. */
export const STOCK_UNKNOWN = 'The cloud does not say whether any is free; it may refuse the order.';

/** The effects and the cost of an order of a Targon pod. */
export const TARGON = {
  what: (resource: string): string => `confidential ${clean(resource, 40)}`,
  summary: (resource: string, gpu: string | null): string =>
    `${clean(resource, 80)} (${gpu === null ? '' : `${clean(gpu, 60)}, `}confidential)`,
  basis: (price: number, unit: 'per GPU' | 'per resource', machine: string): string =>
    `${usd(price)} USD/h ${unit}, the price of machine ${quote(machine)}; sent as cost_per_hour.`,
  up_to: (total: number, gpus: number): string =>
    ` How many GPUs this size has is not documented: ${usd(total)} USD/h is the price of all ${gpus} of the host.`,
  rents: (name: string, resource: string): string =>
    `Rents a confidential pod named ${quote(name)} as resource ${quote(resource)}.`,
  runs: (image: string): string => `Runs the image ${quote(image)}.`,
  accepts: (price: number): string => `Accepts ${usd(price)} USD as its price per hour.`,
  no_resource: (known: readonly string[]): string => `needed for a Targon pod: one of ${known.join(', ')}`,
  no_machine: (instead: string | null): string =>
    `needed for its price, because no free Targon machine has a GPU of that name; name a Targon machine${instead === null ? '' : `. ${instead}`}`,
  other_provider: (provider: string): string =>
    `this is ${withArticle(`${clean(provider, 30)} machine`)}, but resource_name orders a Targon pod`,
  undocumented_size: (resource: string, known: readonly string[]): string =>
    `${quote(resource)} is not among the documented resource names: ${known.join(', ')}.`,
  other_gpu: (gpu: string | null, resource: string): string =>
    `The price is that of ${gpu === null ? 'a machine of unknown GPU' : clean(gpu, 60)}, which does not look like ${quote(resource)}: Volt may refuse it or bill another price.`,
};

/** The source of the figure of a pod's rate. */
export const RATE = {
  no_price: 'The cloud reports no price for this pod.',
  no_count: (reported: number): string =>
    `${usd(reported)} USD/h is reported without a number of GPUs; if it is per GPU, the bill is an unknown multiple.`,
  ambiguous: (reported: number, gpus: number, total: number, single: number | null): string =>
    `Reported: ${usd(reported)} USD/h. If that is per GPU, the pod costs ${usd(reported)} x ${gpus} = ${usd(total)} USD/h; one such GPU costs ${single === null ? 'an unknown price' : `${usd(single)} USD/h`} at present.`,
};

/** How replies are read: what the cloud does, as the end of a sentence about Volt, and the next step (Error Codes). */
export const READINGS = {
  correct: 'Correct what the message names.',
  key: 'did not accept the API key: it is missing, wrong or revoked',
  key_next: 'The operator can set VOLT_API_KEY to a live key from the VoltageGPU dashboard (API Keys).',
  funds: 'Add funds on the VoltageGPU billing page; Volt has no endpoint that shows the balance.',
  scope: 'says that the API key lacks the permission (scope) for this',
  scope_next:
    'The operator can set a key with the scope for this resource; scopes are set in the VoltageGPU dashboard.',
  absent: 'says that it does not exist or belongs to another account',
  limit: 'allows 1,000 requests an hour with this key, and they are used up',
  limit_next: 'Wait as long as the cloud says, then call again.',
  fault: 'Contact Volt support if it persists.',
  provider: 'says that the provider behind it (Lium or Targon) is briefly unavailable',
  provider_next: 'Try again after a few seconds.',
  switched_off: 'This part of Volt may be switched off for the account; otherwise try again in a minute.',
  no_jobs: 'has no fine-tuning on this account or version',
  no_jobs_next: 'Rent a pod with create_pod and train there, or ask Volt support.',
  failure: 'reports a failure',
  not_deleted: 'Volt accepted the call but reports that it deleted nothing.',
  not_deleted_next: 'List what exists before trying again.',
  deleted: 'Volt shows it as deleted.',
  state: (state: string | null): string => `The pod is now ${quote(state)}.`,
  state_next: 'Call get_pod or wait_for, and act on the state it shows.',
};

/** Warnings on things that were read. */
export const WARNINGS = {
  sent_command: 'The SSH command is the one the cloud sent.',
  assumed_root: 'The SSH user root is an assumption: the documents name no user.',
  may_bill: `${MAY_BILL_NOTE} Check it in the dashboard.`,
  message: (text: string): string => `The cloud says: ${quote(text)}`,
  price_of: (price: number, gpus: number): string =>
    `The reported ${usd(price)} USD/h may be for the pod or for each of its ${gpus} GPUs: the documents do not say.`,
  no_id: 'The reply does not name the pod; its id is the one that was asked for.',
  other_id: (kind: 'pod' | 'job', id: string | null): string =>
    `The reply names another ${kind} id: ${quote(id)}.`,
  free_unknown: 'The cloud does not say how many GPUs are free.',
  per_resource: 'The price is for the whole resource, not for one GPU.',
};
