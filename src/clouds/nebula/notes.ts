import type { PodNotes } from '../../core/cloud.ts';
import { quote, usd } from '../../core/text.ts';

const ONLY_TERMINATE =
  'Some instances, above all containers, may support only deletion; the cloud then refuses this.';

/** Sentences that every order carries (Nebula Block docs, Create GPU Instance; Tier; GPU Instances > Overview). */
export const CREATE_NOTES = [
  'Billed by the hour, at the price of the product, until the instance is deleted. The price is a quote, not a reservation.',
  'Renting GPUs needs a tier that the account reaches with a deposit of at least 10 USD.',
  "The cloud's reply names no id: the instance is found by its name afterwards. If the reply is lost, the instance may still exist and cost money: check list_pods before you order again.",
  'The login user is not documented. Once the instance runs, try the usual user of the image (such as ubuntu) with the SSH key of the order.',
  'Some instances accept a user name and password only, not the SSH key of the order. This server never shows passwords; the console of Nebula Block does.',
];

/** The worst consequence of an order. */
export const WORST = 'Billing ends only when you delete it; stopping is not known to end it.';

/** Added to an order of a spot product, whose terms are not documented. */
export const SPOT_NOTE =
  'This is a spot product: its terms are not documented. Expect that the cloud may end it without notice.';

/** Added to an order of a container (Nebula Block docs, GPU Instances). */
export const CONTAINER_NOTE =
  'This product is a container: stopping, starting and restarting may be refused, so that deleting is the only way to end it.';

/** Notes that a person must read before an action on an instance. Only "deleted" is documented as the end of billing. */
export const POD_NOTES: PodNotes = {
  start: [
    'The documents do not say what starting does to billing; assume that the full hourly price applies.',
    ONLY_TERMINATE,
  ],
  stop: [
    'The documents never say that stopping pauses billing: only deleting is known to end it.',
    ONLY_TERMINATE,
  ],
  restart: ['Every such request reboots the machine again, so this server never repeats it.', ONLY_TERMINATE],
  update: {},
  delete: [
    'Permanent: it cannot be undone.',
    'The root disk and the ephemeral disk are deleted with the instance, and the documents name no volume that survives. Copy your data elsewhere first.',
    'Credits already used are not refunded.',
  ],
  data: { stop: 'not documented', delete: 'disks destroyed' },
  worst: {
    start: 'Assume the full hourly price: no document says what starting costs.',
    stop: 'Stopping is not known to end billing: only deleting is.',
    restart: 'Running processes end; what they hold in memory is lost.',
    delete: 'Permanent: both disks are deleted with the instance.',
  },
  stop_ends_billing: false,
};

/** Nebula Block API Reference, SSH Keys. */
export const SSH_KEY_NOTES = {
  add: [
    'Anyone who has the private half can log in to the instances that are ordered with this key. The documents say nothing about instances that already run.',
  ],
  delete: [
    'The documents do not say what this does to instances that were created with the key: do not rely on it to cut off access.',
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
    'The previews of all keys look alike, so this may be the key that this server uses. If it is, the server locks itself out.',
    'The id that is deleted is the number in the list, not the key itself.',
    'The documents contradict each other about the path, so "not found" proves nothing; list the keys afterwards.',
  ],
};

/** Added to the rate of an instance that does not run. */
export const RATE_NOTE = 'Counted at its full price: only deletion is known to end billing.';

/** The effects and the cost of an order. */
export const ORDER = {
  basis: (price: number | null): string =>
    `${usd(price)} USD per hour for the whole instance, as listed by the cloud; no price in advance is documented`,
  creates: (name: string, image: string | null): string =>
    `Creates the instance ${quote(name)} from the image ${quote(image)}.`,
  key: (name: string | null, id: string): string => `Puts the SSH key ${quote(name)} (${id}) on it.`,
};

/** Warnings on things that were read. */
export const WARNINGS = {
  no_state: 'The cloud reports no state.',
  unknown_state: 'The state that the cloud reports is not a known one; the instance may be billed.',
  failed: 'The documents do not say whether a failed instance is billed: check it, or delete it.',
  other_region: (under: string | null, own: string | null): string =>
    `Listed under ${quote(under)}, but its own region field says ${quote(own)}.`,
  spot: 'Spot product: its terms are not documented.',
  memory_in_name: "gpu_memory_gb is derived from the model's name.",
  ports: (listed: string): string => `Exposed ports, as the cloud lists them: ${quote(listed)}.`,
  odd_address: 'The public address does not look like one, so no SSH command is given.',
  no_user:
    'The login user is not documented, and the cloud names none: open the instance in the console of Nebula Block, or try the usual user of the image (such as ubuntu) with your SSH key.',
  odd_user: 'The login user is not a plain user name, so no SSH command is given.',
  no_price: (why: string): string => `hourly_cost_usd is unknown: the detail has no price, and ${why}.`,
};
