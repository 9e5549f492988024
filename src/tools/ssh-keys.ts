import * as z from 'zod';
import { chooseCloud, plannedCloud, resolve } from '../core/context.ts';
import { requireFeature } from '../core/features.ts';
import { newestFirst } from '../core/list.ts';
import { type SshKey, sshKeySchema } from '../core/model.ts';
import { addedSince } from '../core/outcome.ts';
import { facts, quote } from '../core/text.ts';
import {
  cloudField,
  DONE,
  doneOutput,
  findListed,
  gatedOutput,
  head,
  labelField,
  pageFields,
  refField,
  sentences,
  textField,
} from './fields.ts';
import { listTool } from './list.ts';
import type { PublicKey } from './public-key.ts';
import { adoptNamed } from './reconcile.ts';
import { removalTool } from './removal.ts';
import { defineTool } from './tool.ts';

/** Loads the parser of public keys and its library: with the first key, or earlier if the server is idle. */
export const loadKeyReader = () => import('./public-key.ts');

/** The SSH keys of the accounts. */
export const listSshKeys = listTool({
  name: 'list_ssh_keys',
  title: 'List SSH keys',
  description: 'List your SSH public keys, newest first, for create_pod.',
  toolset: 'ssh',
  needs: 'sshKeys',
  plural: 'ssh_keys',
  noun: 'SSH key',
  row: sshKeySchema,
  input: z.strictObject({ cloud: cloudField, ...pageFields }),
  read: (cloud, io) => cloud.sshKeys?.list(io),
  order: newestFirst(({ created_at_utc }) => created_at_utc),
  columns: {
    ssh_key: ({ ref }) => ref,
    name: ({ name }) => name,
    key: ({ public_key }) => public_key,
    fingerprint: ({ fingerprint_sha256 }) => fingerprint_sha256,
    created: ({ created_at_utc }) => created_at_utc,
  },
  fields: { narrow: ['ref', 'name', 'public_key', 'fingerprint_sha256', 'created_at_utc'] },
  empty: 'No SSH keys; add_ssh_key adds one.',
});

const addInput = z.strictObject({
  name: labelField,
  public_key: textField(20_000).describe('The line of a .pub file; never a private key'),
  cloud: cloudField,
});
function added(row: SshKey, key: PublicKey) {
  const stored = row.fingerprint_sha256;
  const differs = stored !== null && stored !== key.fingerprint;
  return {
    status: DONE,
    ssh_key: row,
    fingerprint_sha256: key.fingerprint,
    message: sentences(
      `SSH key ${row.ref} is stored; its fingerprint is ${key.fingerprint}.`,
      differs
        ? `WARNING: the cloud reports the fingerprint ${stored}, which is not that of the key sent. Tell the user and compare before using it.`
        : null,
    ),
  };
}

/** Stores an SSH public key in an account. */
export const addSshKey = defineTool({
  name: 'add_ssh_key',
  title: 'Add an SSH key',
  description:
    'Store an SSH public key in the account, for new pods. A person must confirm, because it grants access.',
  toolset: 'ssh',
  effect: 'change',
  needs: 'sshKeys',
  input: addInput,
  output: gatedOutput({ ssh_key: sshKeySchema.optional(), fingerprint_sha256: z.string().optional() }),
  async plan(given, ctx) {
    const { readPublicKey } = await loadKeyReader();
    const key = readPublicKey(given.public_key);
    const at = chooseCloud(ctx, given.cloud, 'sshKeys');
    const keys = requireFeature(at, 'sshKeys');
    const present = await keys.list(ctx.io);
    const same = present.find((row) => row.fingerprint_sha256 === key.fingerprint);
    return {
      plan: {
        ref: null,
        summary: `Add an SSH key named ${quote(given.name)} to the ${at.title} account.`,
        effects: [
          `The key is ${key.type}, ${key.bits} bits, fingerprint ${key.fingerprint}.`,
          ...(key.comment === null ? [] : [`Its comment is ${quote(key.comment)}.`]),
        ],
        consequences: [
          ...keys.notes.add,
          ...(same === undefined ? [] : [`This key is already stored, as ${same.ref} ${quote(same.name)}.`]),
        ],
        challenge: 'add',
      },
      head: head(
        `Add ${at.title} SSH key`,
        given.name,
        'Anyone who has the private half can log in to pods made with this key.',
      ),
      cloud: at.id,
      before: present.map((row) => row.ref),
      facts: { cloud: at.id, stored_as: same?.ref ?? null },
      data: key,
    };
  },
  async run(given, ctx, planned) {
    const key = planned.data;
    const row = await requireFeature(plannedCloud(ctx, planned), 'sshKeys').add(ctx.io, {
      name: given.name,
      public_key: key.line,
    });
    return { done: added(row, key), ref: row.ref };
  },
  async reconcile(given, ctx, planned) {
    const { data: key, before } = planned;
    const rows = await requireFeature(plannedCloud(ctx, planned), 'sshKeys').list(ctx.io);
    const found = addedSince(before, rows, given.name).filter(
      ({ fingerprint_sha256: print }) => print === null || print === key.fingerprint,
    );
    const doubt = 'all may hold the same key';
    return adoptNamed('SSH key', given.name, found, (row) => added(row, key), doubt);
  },
  text: ({ message, ssh_key }) =>
    ssh_key === undefined
      ? message
      : [
          message,
          facts([
            ['ssh_key', ssh_key.ref],
            ['name', quote(ssh_key.name)],
          ]),
        ].join('\n'),
});

const renamed = (key: SshKey, name: string) => ({
  status: DONE,
  ssh_key: key,
  message:
    key.name === name
      ? `${key.ref} is now named ${quote(name)}.`
      : `WARNING: ${key.cloud} accepted the change, but shows ${key.ref} as named ${quote(key.name)}; check with list_ssh_keys.`,
});

/** Gives an SSH key another name. */
export const renameSshKey = defineTool({
  name: 'rename_ssh_key',
  title: 'Rename an SSH key',
  description: 'Give an SSH key another name.',
  toolset: 'ssh',
  effect: 'change',
  needs: 'sshKeys.rename',
  input: z.strictObject({ ssh_key: refField('ssh_key').describe('ssh key ref'), name: labelField }),
  output: doneOutput({ ssh_key: sshKeySchema }),
  plan: 'unconfirmed',
  async run(given, ctx) {
    const { at, id } = resolve(ctx, given.ssh_key, 'ssh_key');
    const rename = requireFeature(at, 'sshKeys.rename');
    return { done: renamed(await rename(ctx.io, id, given.name), given.name) };
  },
  async reconcile(given, ctx) {
    const { at } = resolve(ctx, given.ssh_key, 'ssh_key');
    const key = findListed(await requireFeature(at, 'sshKeys').list(ctx.io), given.ssh_key, 'ssh_key', at);
    return key.name === given.name
      ? { found: renamed(key, given.name) }
      : { notFound: `${key.ref} is still named ${quote(key.name)}.`, candidates: [key.ref] };
  },
});

/** Removes an SSH key from an account. */
export const deleteSshKey = removalTool({
  name: 'delete_ssh_key',
  title: 'Delete an SSH key',
  description: 'Delete an SSH key from the account. Running pods keep it. A person must confirm.',
  toolset: 'ssh',
  needs: 'sshKeys',
  kind: 'ssh_key',
  noun: 'SSH key',
  verb: { imperative: 'Delete', past: 'deleted', scope: 'from the account' },
  async plan({ at, ref }, io) {
    const keys = requireFeature(at, 'sshKeys');
    const key = findListed(await keys.list(io), ref, 'ssh_key', at);
    const print = key.fingerprint_sha256 === null ? null : `Its fingerprint is ${key.fingerprint_sha256}.`;
    return {
      thing: key,
      effects: [sentences('New pods can no longer be given this key.', print)],
      consequences: keys.notes.delete,
      facts: { name: key.name, fingerprint: key.fingerprint_sha256 },
      worst: 'New pods cannot be given it; pods that run may keep it, so access may stay.',
    };
  },
  remove: ({ at, id }, io) => requireFeature(at, 'sshKeys').delete(io, id),
  left: ({ at }, io) => requireFeature(at, 'sshKeys').list(io),
});
