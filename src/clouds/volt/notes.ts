import type { PodNotes } from '../../core/cloud.ts';
import type { Job } from '../../core/model.ts';

// What a person must read before an action, as the Volt API Reference has it; where it is silent, we say so.

/** Before renting any pod (Pods API; Machines > Live Pricing; Error Codes 402). */
export const CREATE_NOTES = [
  'Billing is documented as hourly and runs until the pod is stopped or deleted, whether it is used or not.',
  'Prices move with demand: the price is a quote of that moment, not a reservation.',
  'Volt refuses the order where the balance is too low, and has no endpoint that tells the balance.',
];

/** Before renting a Targon pod (Pods API > Targon Confidential Compute). */
export const TARGON_NOTES = [
  'The order itself states the hourly price: sending it accepts that price.',
  'No field for SSH keys is documented for Targon pods, so how to log in is not known beforehand.',
  'The documents do not say whether the price stands for one GPU or for the whole resource.',
];

/** Where a resource may hold several GPUs: its size is documented nowhere. */
export const UNKNOWN_MULTIPLE =
  'The resource may hold several GPUs; the bill may then be an unknown multiple of the price shown.';

/** Where an order names no key. */
export const NO_SSH_KEY_NOTE = 'No SSH key is given: nobody will be able to log in to the pod with a key.';

/** Base images without a long-lived process: such a container ends at once and is started again and again. */
export const BARE_OS_NOTE =
  'This is a bare operating system image without a process that keeps running: the container is likely to crash and restart in a loop while it is billed.';

/** Pods API > start, stop, PUT, DELETE, and "Deletion is Permanent". */
export const POD_NOTES: PodNotes = {
  start: [
    'GPU billing resumes when the pod reaches "running", typically 15 to 30 seconds after the start.',
    'Volt refuses the start where the balance is too low.',
  ],
  stop: [
    'Running processes end; what is only in memory is lost.',
    'GPU billing pauses. Storage is kept, and the documents do not say that kept storage is free.',
    'Data on the /root volume is documented as preserved.',
    'On newer versions of Volt a stop may end the rental: back up first, and look at the pod afterwards.',
  ],
  restart: ['Volt documents no restart.'],
  update: [
    'A change of hardware or volume needs a stopped pod; the documents show name and SSH keys changing on a running one.',
    'The list of SSH keys is replaced as a whole: keys that are not in the new list are removed.',
    'The documents name no field for the volume; volume_size_gb, the field of the order, is sent.',
  ],
  delete: [
    'Permanent: this cannot be undone.',
    'The local volume /root is destroyed.',
    'External volumes mounted at /mnt are documented as preserved, yet the reply speaks of "all associated resources", and nothing tells whether this pod has one. Count only on what was copied elsewhere.',
    'Back up important data first.',
  ],
  stop_ends_billing: true,
};

/** SSH Keys: "Running pods keep existing authorized keys until redeployed." */
export const SSH_KEY_NOTES = {
  add: ['Whoever holds the private half can log in to every pod that is created with this key.'],
  delete: [
    'Running pods keep the key until they are redeployed: this does not cut existing access.',
    'To end access now, remove the key on the pod itself or delete the pod.',
  ],
};

/** Templates: PUT and DELETE. */
export const TEMPLATE_NOTES = {
  update: [
    'Existing pods are not affected; pods created from now on use the new version.',
    'Environment variables are replaced as a whole map: what is not repeated is gone.',
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
    'Whoever holds it can rent and delete on this account; keep it out of chats and logs.',
  ],
  revoke: [
    'Takes effect at once: every program that uses the key gets 401 from then on.',
    'If it is, or may be, the key that this server uses, the server locks itself out. Only the last four characters can be compared.',
  ],
};

/** Fine-Tuning: Pricing, Refund Policy, Job Status Flow. */
export const SUBMIT_NOTES = [
  'The whole price (hourly price x hours) is debited now, not as the training runs.',
  'Volt decides the price by the size of the model; what is shown is read from its table of prices, at the dearer reading where the table leaves a choice.',
  'A full refund is documented only for a job cancelled before training starts; no document promises one for a job that fails.',
  'The finished model is pushed to a HuggingFace repository; the one shown in the documents belongs to Volt, not to the account.',
  'The dataset must be readable for the service.',
];

/** GRPO stands in an example, not in the list of task types; the network below asks for more than Volt takes. */
export const GRPO_NOTE =
  'GRPO is missing from the documented list of task types, and the training network below asks for a prompt field and reward functions that this API cannot take: the job may fail after the debit.';

/** The reference shows `custom_chat` only. */
export const CUSTOM_TEXT_NOTE =
  'custom_text is plausible beside custom_chat, but the documents never show it.';

const MAY_HAVE_MOVED =
  'What comes back depends on the status at Volt when the cancellation arrives; it may already have changed.';

/** What cancelling pays back, by what the job's status promises (Fine-Tuning > DELETE and Refund Policy). */
export const CANCEL_NOTES: Readonly<Record<Job['refund_if_cancelled_now'], readonly string[]>> = {
  full: [
    'In its present status a full refund is documented, because training has not started.',
    MAY_HAVE_MOVED,
  ],
  not_promised: [
    'A refund is not promised in this status: it is not among those for which the documents name one.',
    MAY_HAVE_MOVED,
  ],
  none: ['Nothing comes back: once training has begun the full cost is committed.', 'The training ends.'],
  'n/a': ['The job has already ended; there is nothing to cancel, and no refund is documented.'],
};
