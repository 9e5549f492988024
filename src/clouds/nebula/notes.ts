import type { PodNotes } from '../../core/cloud.ts';

const ONLY_TERMINATE =
  'Some instances, containers above all, may support nothing but deletion; the cloud then refuses this.';

/** Sentences that every order carries (Nebula Block docs, Create GPU Instance; Tier; GPU Instances > Overview). */
export const CREATE_NOTES = [
  'Billed by the hour, at the price of the product, until the instance is deleted. The price is a quote, not a reservation.',
  'Renting GPUs needs a tier that is reached by depositing at least 10 USD.',
  "The cloud's reply names no id: the instance is found by its name afterwards. If the reply is lost the instance may exist and cost money all the same, so look at list_pods before ordering again.",
  'Some instances are entered with a user name and password and not with the SSH key of the order; this server never shows passwords, the console of Nebula Block does.',
];

/** What an order of a spot product must say besides: terms of spot are documented nowhere. */
export const SPOT_NOTE =
  'This is a spot product: its terms are documented nowhere. Expect that it may be taken away without notice.';

/** What an order of a container must say besides (Nebula Block docs, GPU Instances). */
export const CONTAINER_NOTE =
  'This product is a container: stopping, starting and restarting may be refused, so that deleting is the only way to end it.';

/** What a person must read before acting on an instance. Only "deleted" is documented as the end of billing. */
export const POD_NOTES: PodNotes = {
  start: [
    'What starting does to billing is documented nowhere; assume that the full hourly price applies.',
    ONLY_TERMINATE,
  ],
  stop: [
    'The documents never say that stopping pauses billing: only deleting is known to end it.',
    'Running processes end, and what they hold in memory is lost.',
    ONLY_TERMINATE,
  ],
  restart: [
    'Running processes end, and what they hold in memory is lost.',
    'Every such request reboots the machine once more; it is never repeated on its own.',
    ONLY_TERMINATE,
  ],
  update: [],
  delete: [
    'Permanent: it cannot be undone.',
    'The root disk and the ephemeral disk go with the instance, and no volume that would survive is documented. Copy your data away first.',
    'Credits already used are not refunded.',
  ],
  stop_ends_billing: false,
};

/** Nebula Block API Reference, SSH Keys. */
export const SSH_KEY_NOTES = {
  add: [
    'Whoever holds the private half can enter the instances that are ordered with this key. Nothing is documented about instances that already run.',
  ],
  delete: [
    'What this does to instances that were created with the key is documented nowhere: do not rely on it to cut off access.',
  ],
};

/** Nebula Block API Reference, API Keys. */
export const API_KEY_NOTES = {
  create: [
    'The key is shown once, has the rights of the whole account and does not expire.',
    'One page speaks of one API key per user, others list and create several: whether a new key invalidates the present one is not known.',
  ],
  revoke: [
    'Every program that uses this key loses access.',
    'The previews of all keys look alike, so it cannot be told whether this is the very key that this server uses. If it is, the server locks itself out.',
    'The id that is deleted is the number in the list, not the key itself.',
    'The documents contradict themselves about the path, so "not found" proves nothing; list the keys afterwards.',
  ],
};

/** Added to the rate of an instance that does not run. */
export const RATE_NOTE = 'Counted at its full price: only deletion is known to end billing.';
