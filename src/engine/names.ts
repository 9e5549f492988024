import type { Cloud, Io } from '../core/cloud.ts';
import { asGpuError, GpuError } from '../core/errors.ts';
import { type Kind, kindOf, LISTED_BY, wrongRef } from '../core/ref.ts';
import { clean, nearest } from '../core/text.ts';
import { kindsNamedBy } from '../tools/fields.ts';
import type { Tool } from '../tools/tool.ts';
import { INPUT_SAYS } from './messages.ts';

/** Arguments that decide which cloud the others belong to: an order takes everything from one cloud. */
const LEADING = ['machine', 'pod', 'template'];

interface Listed {
  ref: string;
  id: string;
  name: string | null;
}

/** So many invoices are searched for a number, as many as list_invoices reads. */
const MAX_INVOICES = 5000;

/** How the things of a kind are listed; machines have ids only. */
const LISTS: Readonly<Record<Kind, (cloud: Cloud, io: Io) => Promise<readonly Listed[]> | undefined>> = {
  pod: (cloud, io) => cloud.pods.list(io),
  job: (cloud, io) => cloud.jobs?.list(io),
  ssh_key: (cloud, io) => cloud.sshKeys?.list(io),
  api_key: (cloud, io) => cloud.apiKeys?.list(io),
  template: (cloud, io) => cloud.templates?.list(io),
  docker_credential: (cloud, io) => cloud.dockerCredentials?.list(io),
  machine: (cloud, io) =>
    cloud.machines.list(io).then((rows) => rows.map(({ ref, id }) => ({ ref, id, name: null }))),
  invoice: (cloud, io) =>
    cloud.billing
      ?.invoices(io, MAX_INVOICES)
      .then(({ rows }) => rows.map(({ ref, id, number }) => ({ ref, id, name: number }))),
  image: (cloud, io) =>
    cloud.images?.list(io).then((rows) => rows.map(({ ref, id, os_name }) => ({ ref, id, name: os_name }))),
};

const LOOKS_LIKE_REF = /^\s*[A-Za-z0-9_]*:/;

/** A thing that a ticket was used for, and its name at that time. */
export interface SpentThing {
  ref: string;
  name: string | null;
}

/** What a lookup of names needs. */
interface Lookup {
  clouds: readonly Cloud[];
  io: Io;
  /** Kinds that are not listed, because their toolset is switched off. */
  hidden: readonly Kind[];
  /** Fail if a cloud cannot be listed. For writes: a thing of the same name may be on that cloud. */
  needsAll: boolean;
  /** The things that the ticket of this call was used for; empty if there is none. */
  spent: readonly SpentThing[];
}

/** All things of these kinds. @throws GpuError if a cloud cannot be listed and `needsAll` */
async function listed(kinds: readonly Kind[], field: string, lookup: Lookup): Promise<Listed[]> {
  const parts = lookup.clouds.flatMap((cloud) =>
    kinds.flatMap((kind) => {
      const rows = lookup.hidden.includes(kind) ? undefined : LISTS[kind](cloud, lookup.io);
      return rows === undefined ? [] : [{ cloud, rows }];
    }),
  );
  const found = await Promise.all(
    parts.map(async ({ cloud, rows }) => {
      try {
        return await rows;
      } catch (error) {
        const { code, message } = asGpuError(error);
        if (code === 'cancelled') throw error;
        if (!lookup.needsAll) return [];
        throw new GpuError(
          'invalid_input',
          `${field}: ${INPUT_SAYS.unlisted(cloud.title, `${code}: ${message}`)}`,
          { hint: INPUT_SAYS.unlisted_next, cloud: cloud.id },
        );
      }
    }),
  );
  return found.flat();
}

/** Max. things that are named because their name is near. */
const MAX_NEAR = 5;

/** The things whose name or id has the text as a part, in any letter case; without any, the one with the nearest name. */
function nearTo(text: string, things: readonly Listed[]): Listed[] {
  const word = text.trim().toLowerCase();
  const partly = things.filter(({ id, name }) => [id, name].some((one) => one?.toLowerCase().includes(word)));
  if (word !== '' && partly.length > 0) return partly.slice(0, MAX_NEAR);
  const names = things.flatMap(({ name }) => name ?? []);
  const near = nearest(text.slice(0, MAX_COMPARED), names);
  return things.filter(({ name }) => name !== null && name === near).slice(0, MAX_NEAR);
}

/**
 * The ref that a text means which names nothing any more, because the call repeats one whose ticket was used: a repeated
 * delete_pod names a pod that is gone. If the ticket was used for one thing of the kind, it is that, whatever the text (names
 * are stored redacted and shortened); of several it is the one that had this name or id then. Null if none is meant.
 */
function spentAs(text: string, kinds: readonly Kind[], spent: readonly SpentThing[]): string | null {
  const ofKind = spent.filter(({ ref }) => kinds.some((kind) => kind === kindOf(ref)));
  const [only] = ofKind;
  if (only !== undefined && ofKind.length === 1) return only.ref;
  const [one, ...more] = ofKind.filter(({ ref, name }) => name === clean(text) || ref.endsWith(`:${text}`));
  return one === undefined || more.length > 0 ? null : one.ref;
}

const MAX_CANDIDATES = 20;
/** Max. characters of a text that is compared with names. */
const MAX_COMPARED = 100;

/** The ref that a text means: itself, or the thing with this exact name or bare id. @throws GpuError `invalid_input` */
async function refOf(text: string, field: string, kinds: readonly Kind[], lookup: Lookup): Promise<string> {
  const [kind] = kinds;
  if (kind === undefined || LOOKS_LIKE_REF.test(text)) return text;
  const things = await listed(kinds, field, lookup);
  const meant = things.filter(({ id, name }) => id === text || name === text);
  const refs = [...new Set(meant.map(({ ref }) => ref))];
  const [only] = refs;
  if (only !== undefined && refs.length === 1) return only;
  const spent = only === undefined ? spentAs(text, kinds, lookup.spent) : null;
  if (spent !== null) return spent;
  if (only === undefined) throw wrongRef(kind, field, INPUT_SAYS.unnamed(kinds, text, nearTo(text, things)));
  const candidates = refs.slice(0, MAX_CANDIDATES);
  throw new GpuError('invalid_input', `${field}: ${INPUT_SAYS.ambiguous(refs.length, text)}`, {
    hint: INPUT_SAYS.ambiguous_next(candidates, LISTED_BY[kind]),
    candidates,
  });
}

const cloudIn = (ref: unknown): string | null =>
  typeof ref === 'string' && LOOKS_LIKE_REF.test(ref) ? (ref.split(':')[0] ?? null) : null;

/** The kinds of things that an argument of a tool names; empty if it names none. */
const kindsOf = ({ input }: Pick<Tool, 'input'>, name: string): readonly Kind[] =>
  kindsNamedBy(input.shape[name]);

/** False for an image that is not a ref but a plain text: only a cloud that lists images has refs of them. */
const holdsRefs = (kinds: readonly Kind[], clouds: readonly Cloud[]): boolean =>
  kinds.some((kind) => kind !== 'image' || (clouds.length === 1 && clouds[0]?.images !== undefined));

/**
 * The input with a ref for every thing. A name or bare id costs one list request of each cloud in question; it is
 * compared and never becomes part of a path. @throws GpuError `invalid_input` with the refs of the candidates
 */
export async function withRefs(
  tool: Pick<Tool, 'input'>,
  input: Readonly<Record<string, unknown>>,
  lookup: Lookup,
): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = { ...input };
  const replace = async (name: string, clouds: readonly Cloud[]) => {
    const [value, kinds] = [found[name], kindsOf(tool, name)];
    if (!holdsRefs(kinds, clouds)) return;
    const read = (text: string) => refOf(text, name, kinds, { ...lookup, clouds });
    if (typeof value === 'string') found[name] = await read(value);
    if (Array.isArray(value)) found[name] = await Promise.all(value.map((one) => read(String(one))));
  };
  const leading = LEADING.find((name) => typeof found[name] === 'string');
  if (leading !== undefined) await replace(leading, lookup.clouds);
  const cloud = leading === undefined ? null : cloudIn(found[leading]);
  const others = cloud === null ? lookup.clouds : lookup.clouds.filter(({ id }) => id === cloud);
  await Promise.all(
    Object.keys(found)
      .filter((name) => name !== leading)
      .map((name) => replace(name, others.length > 0 ? others : lookup.clouds)),
  );
  return found;
}

/** True if the input may name a thing by something else than its ref. */
export const hasNames = (tool: Pick<Tool, 'input'>, input: Readonly<Record<string, unknown>>): boolean =>
  Object.entries(input).some(
    ([name, value]) =>
      kindsOf(tool, name).length > 0 &&
      [value].flat().some((one) => typeof one === 'string' && !LOOKS_LIKE_REF.test(one)),
  );
