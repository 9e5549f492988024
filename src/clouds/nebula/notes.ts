import type { PodNotes } from '../../core/cloud.ts';
import { PROCESSES_END } from '../../core/plan.ts';
import { counted, quote, usd } from '../../core/text.ts';

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
    restart: PROCESSES_END,
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

/** What a product is, as an order names it; null = not stated. */
interface Product {
  gpu: string | null;
  gpus: number | null;
  kind: string | null;
}

/** The effects and the cost of an order, and why one is refused. `instead`: what can be rented instead. */
export const ORDER = {
  what: ({ gpu, gpus }: Product): string => `${gpus ?? '?'} x ${gpu ?? 'unknown GPU'}`,
  summary: (product: Product, region: string | null): string =>
    `${ORDER.what(product)} in ${region ?? 'unknown region'} (Nebula, ${product.kind ?? 'kind unknown'})`,
  basis: (price: number | null): string =>
    `${usd(price)} USD per hour for the whole instance, as the cloud lists it`,
  creates: (name: string, image: string | null): string =>
    `Creates the instance ${quote(name)} from the image ${quote(image)}.`,
  key: (name: string | null, id: string): string => `Puts the SSH key ${quote(name)} (${id}) on it.`,
  refused: 'This order cannot be placed on Nebula.',
  sold_out: 'This machine is sold out.',
  not_offered: 'not offered now',
  no_key: 'the account has no such key',
  no_machine: (instead: string): string => `${ORDER.not_offered}. ${instead}`,
  other_count: (gpus: number | null, instead: string): string =>
    `this machine has ${gpus === null ? 'an unknown number of GPUs' : counted(gpus, 'GPU')} and no other number can be ordered; leave it out or choose another. ${instead}`,
  name_taken: (ref: string): string =>
    `the live instance ${ref} already has this name, so the new one could not be identified; choose another`,
  place: (dc_id: number | null, region: string | null): string =>
    `dc_id ${dc_id ?? 'unknown'}, region ${quote(region ?? 'unknown')}`,
  other_place: (machine: string, image: string): string =>
    `must be of the same data center and region as the machine; the machine is at ${machine}, the image at ${image}; use list_images with machine`,
};

/** The next step after a failure. The documents list no codes and no messages of failures. */
export const HINTS = {
  tier: 'Nebula Block documents no codes for this: it may be the key, the tier or funds. Compare the tier and the balance of the account in its console.',
  funds:
    'Tier or funds: see get_spend for the balance, add credits in the console of Nebula Block, and compare the tier of the account.',
  key: 'The operator can check NEBULA_API_KEY. A block by tier or funds may look the same: the meaning of the codes is not documented.',
  state: 'Read the present state first: get_pod for an instance, list_machines for stock.',
  only_delete: 'Some instances support only deletion.',
  no_route: 'The cloud does not offer this request under the documented path.',
};

/** Replies that cannot be used, or that deny what was asked for. */
export const REPLIES = {
  unclear: 'answered with a status that is neither success nor failed',
  no_digits: (field: string): string => `${field}: ids of this kind are whole numbers on Nebula.`,
  no_digits_next: (list: string): string => `Take the ref from ${list}.`,
  no_instance: 'Nebula knows no instance with this id.',
  not_listed: 'the list of live instances does not have this one',
  list_unread: 'the list could not be read',
  no_rows: (total: number): string => `Nebula counts ${total} rows but sent none.`,
  endless: (pages: number, rows: number): string => `The list does not end after ${pages} pages of ${rows}.`,
  no_pdf: 'The download is not a PDF.',
  large_pdf: 'The download is larger than 10 MiB and was dropped.',
};

const NO_KEY_OR_PATH = 'Nebula found no such key or no such path (its documents contradict each other)';
const CHECK_KEYS = 'Check the API keys in the console of Nebula Block.';

/** A revocation that was answered with "not found", by what the list of keys shows afterwards. */
export const REVOCATION = {
  unknown: `${NO_KEY_OR_PATH}. The list of keys could not be read, so whether the key still works is unknown.`,
  unknown_next: CHECK_KEYS,
  still_listed: `${NO_KEY_OR_PATH}. The key is still in the list: it was not revoked.`,
  still_listed_next: `Revoke it by hand. ${CHECK_KEYS}`,
  not_listed: `${NO_KEY_OR_PATH}. The list of keys has no key with this id.`,
  not_listed_next: 'Compare the ref with list_api_keys.',
};

/** Generations that failed; each may have been charged. */
export const INFERENCE = {
  no_reason: 'no reason given',
  broken_off: (reason: string): string => `Nebula broke off the answer: "${reason.replaceAll('"', "'")}"`,
  unreadable: 'Nebula sent a piece of an answer that cannot be read.',
  cut_off: (characters: number): string => `The answer broke off after ${characters} characters.`,
  cut_off_next: 'What was generated until then may have been charged.',
  incomplete: (why: string): string => `The text is incomplete. ${why} ${INFERENCE.cut_off_next}`,
  images_missing: (count: number): string =>
    `${counted(count, 'more piece')} that Nebula sent ${count === 1 ? 'is' : 'are'} no PNG, JPEG or WebP and ${count === 1 ? 'was' : 'were'} left out.`,
  no_image: 'Nebula sent something that is not a PNG, JPEG or WebP image.',
  other_count: 'The number of vectors that Nebula sent differs from the number of inputs.',
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
