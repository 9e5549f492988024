import { GpuError } from './errors.ts';
import type { CloudId } from './model.ts';
import { withArticle } from './text.ts';

export type { CloudId } from './model.ts';

/** Every kind of thing that a ref can name. */
export const KINDS = [
  'machine',
  'pod',
  'job',
  'ssh_key',
  'image',
  'template',
  'docker_credential',
  'api_key',
  'invoice',
] as const;
export type Kind = (typeof KINDS)[number];

/** A parsed ref: which cloud, what kind, and the cloud's own id exactly as the cloud spells it. */
export interface Ref {
  cloud: CloudId;
  kind: Kind;
  id: string;
}

/** The tool that lists things of a kind: named in every "wrong ref" hint. */
export const LISTED_BY: Record<Kind, string> = {
  machine: 'list_machines',
  pod: 'list_pods',
  job: 'list_jobs',
  ssh_key: 'list_ssh_keys',
  image: 'list_images',
  template: 'list_templates',
  docker_credential: 'list_docker_credentials',
  api_key: 'list_api_keys',
  invoice: 'list_invoices',
};

/** The form of a cloud's id. `Clouds.knows` shows whether the cloud exists. */
const CLOUD_ID = /^[a-z][a-z0-9_]{0,31}$/;
const FORBIDDEN_IN_ID = /[/\\?#%\u0000-\u001f\u007f-\u009f]/;
const MAX_ID_LENGTH = 256;

const isOneOf = <T extends string>(values: readonly T[], text: string): text is T =>
  values.some((value) => value === text);

/** True if the id can be one path segment: not empty, not `.` or `..`, none of `/ \ ? # %`, no control characters. */
export function isSafeId(id: string): boolean {
  return (
    id.length > 0 && id.length <= MAX_ID_LENGTH && id !== '.' && id !== '..' && !FORBIDDEN_IN_ID.test(id)
  );
}

/** `<cloud>:<kind>:<raw id>`, the only form in which an id travels between the model and this server. */
export function formatRef(cloud: CloudId, kind: Kind, id: string | number): string {
  return `${cloud}:${kind}:${id}`;
}

/** The kind that a ref names; null for a text that names none. Nothing else of it is checked. */
export function kindOf(text: string): Kind | null {
  const [, kind = ''] = text.split(':');
  return isOneOf(KINDS, kind) ? kind : null;
}

/** The error for a text that is no usable ref: names the field, why, and the tool that lists good refs. */
export const wrongRef = (kind: Kind, field: string, why: string): GpuError =>
  new GpuError('invalid_input', `${field}: ${why}`, {
    hint: `Take the ref of ${withArticle(kind)} from ${LISTED_BY[kind]}; it looks like "<cloud>:${kind}:<id>".`,
  });

/**
 * Reads a ref of one expected kind.
 * @throws GpuError `invalid_input` naming the field, what is wrong, and the tool that lists good refs.
 */
export function parseRef(text: string, kind: Kind, field: string = kind): Ref {
  const [cloud = '', found = '', ...rest] = text.split(':');
  const id = rest.join(':');
  const refError = (why: string) => wrongRef(kind, field, why);
  if (!CLOUD_ID.test(cloud) || !isOneOf(KINDS, found)) {
    throw refError('not a ref of the form <cloud>:<kind>:<id>.');
  }
  if (found !== kind)
    throw refError(`this is the ref of ${withArticle(found)}, but ${withArticle(kind)} is needed.`);
  if (!isSafeId(id)) throw refError('the id is empty or contains a character that no id may contain.');
  return { cloud, kind, id };
}

/** The resource URI of a ref: `gpu://<cloud>/<kind>/<percent-encoded id>`. */
export function refUri(ref: string): string {
  const [cloud = '', kind = '', ...rest] = ref.split(':');
  return `gpu://${cloud}/${kind}/${encodeURIComponent(rest.join(':'))}`;
}

const URI = /^gpu:\/\/([a-z][a-z0-9_]*)\/([a-z_]+)\/([^/?#]+)$/i;
const LEAD = /^([a-z][a-z0-9_]*):([a-z_]+):/i;

/** The ref of a resource URI; cloud and kind in any letter case. Null for any other text. */
export function refOfUri(text: string): string | null {
  const [, cloud, kind, segment = ''] = URI.exec(text) ?? [];
  if (cloud === undefined || kind === undefined) return null;
  try {
    const id = decodeURIComponent(segment);
    return isSafeId(id) ? `${cloud.toLowerCase()}:${kind.toLowerCase()}:${id}` : null;
  } catch {
    return null;
  }
}

/** A ref or its URI as a ref, with cloud and kind in small letters; the id stays as it is. Null for any other text. */
export function readRef(text: string): string | null {
  const [lead, cloud, kind] = LEAD.exec(text) ?? [];
  if (lead === undefined || kindOf(lead.toLowerCase()) === null) return refOfUri(text);
  return `${cloud}:${kind}:`.toLowerCase() + text.slice(lead.length);
}
