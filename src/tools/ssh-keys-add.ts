import * as z from 'zod';
import type { Cloud } from '../core/cloud.ts';
import { chooseCloud, offered, plannedCloud, type ToolContext } from '../core/context.ts';
import { type SshKey, sshKeySchema } from '../core/model.ts';
import { addedSince } from '../core/outcome.ts';
import type { Planned } from '../core/plan.ts';
import { facts } from '../core/table.ts';
import { quote } from '../core/text.ts';
import { labelField, textField } from './account-fields.ts';
import { cloudField, DONE, gatedOutput, sentences } from './fields.ts';
import type { PublicKey } from './public-key.ts';
import { defineTool } from './tool.ts';

const input = z.strictObject({
  name: labelField,
  public_key: textField(20_000).describe('The line of a .pub file; never a private key'),
  cloud: cloudField,
});
type Input = z.infer<typeof input>;

const hasKeys = (cloud: Cloud): boolean => cloud.sshKeys !== undefined;
const keysOf = (at: Cloud) => offered(at.sshKeys, at, 'SSH keys', 'Name another cloud.');

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
    "Store a person's SSH public key in the account, so that new pods can be entered with it. A person must confirm, because it grants access.",
  toolset: 'ssh',
  effect: 'change',
  needs: hasKeys,
  input,
  output: gatedOutput({ ssh_key: sshKeySchema.optional(), fingerprint_sha256: z.string().optional() }),
  endpoints: ['POST volt /ssh-keys', 'POST nebula /ssh-keys', 'GET volt /ssh-keys', 'GET nebula /ssh-keys'],
  async plan(given, ctx) {
    const { readPublicKey } = await import('./public-key.ts');
    const key = readPublicKey(given.public_key);
    const at = chooseCloud(ctx, given.cloud, hasKeys);
    const keys = keysOf(at);
    const present = await keys.list({ ...ctx.io, fresh: true });
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
          ...(same === undefined
            ? []
            : [`This very key is stored already, as ${same.ref} ${quote(same.name)}.`]),
        ],
        challenge: 'add',
      },
      cloud: at.id,
      before: present.map((row) => row.ref),
      facts: { cloud: at.id, stored_as: same?.ref ?? null },
      data: key,
    };
  },
  async run(given, ctx, planned) {
    const key = planned.data;
    const row = await keysOf(plannedCloud(ctx, planned)).add(ctx.io, {
      name: given.name,
      public_key: key.line,
    });
    return { done: added(row, key), ref: row.ref };
  },
  async reconcile(given: Input, ctx: ToolContext, planned: Planned<PublicKey>) {
    const { data: key, before } = planned;
    const rows = await keysOf(plannedCloud(ctx, planned)).list({ ...ctx.io, fresh: true });
    const found = addedSince(before, rows, given.name).filter(
      ({ fingerprint_sha256: print }) => print === null || print === key.fingerprint,
    );
    const [only] = found;
    if (only === undefined) return { notFound: `No new SSH key named ${quote(given.name)} is listed.` };
    if (found.length === 1) return { found: added(only, key), ref: only.ref };
    return {
      ambiguous: found.map((row) => row.ref),
      why: `${found.length} new SSH keys are named ${quote(given.name)}; all may hold the same key.`,
    };
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
