import type { Cloud, Io } from '../core/cloud.ts';
import { asGpuError, type ErrorCode, isCode } from '../core/errors.ts';
import type { Template } from '../core/model.ts';
import { counted, quote } from '../core/text.ts';

/**
 * Which templates use a credential, as far as they were read. `unread` counts templates that were not read; `failed` is
 * why none could be listed (a key need not have the scope for templates), else null.
 */
interface CredentialUse {
  users: Template[];
  unread: number;
  failed: ErrorCode | null;
}

/** Max. templates that are opened; each costs one request. Our choice. */
const MAX_OPENED = 50;
const AT_ONCE = 5;

/** The template with its credential; null if it could not be read. */
async function opened(io: Io, at: Cloud, row: Template): Promise<Template | null> {
  if (row.docker_credential !== null) return row;
  return (await at.templates?.get(io, row.id).catch(() => null)) ?? null;
}

/** The templates, or why they could not be listed. */
const listed = (io: Io, at: Cloud): Promise<Template[] | ErrorCode> =>
  (at.templates?.list(io) ?? Promise.resolve([])).catch((error: unknown) => {
    if (io.signal.aborted || isCode(error, 'cancelled')) throw error;
    return asGpuError(error).code;
  });

/**
 * The account's own templates that use a credential. Lists of templates do not name the credential (Volt API
 * Reference, Templates), so up to 50 of them are opened, five at a time.
 */
export async function templatesUsing(io: Io, at: Cloud, credential: string): Promise<CredentialUse> {
  const rows = await listed(io, at);
  if (!Array.isArray(rows)) return { users: [], unread: 0, failed: rows };
  const own = rows.filter((row) => row.is_system !== true);
  const use: CredentialUse = { users: [], unread: Math.max(0, own.length - MAX_OPENED), failed: null };
  for (let from = 0; from < Math.min(own.length, MAX_OPENED); from += AT_ONCE) {
    const group = own.slice(from, Math.min(from + AT_ONCE, MAX_OPENED));
    const templates = await Promise.all(group.map((row) => opened(io, at, row)));
    io.signal.throwIfAborted();
    for (const template of templates) {
      if (template === null) use.unread += 1;
      else if (template.docker_credential === credential) use.users.push(template);
    }
  }
  return use;
}

/** The sentences about the templates that use a credential, for the plan to delete it. */
export function usageLines({ users, unread, failed }: CredentialUse): string[] {
  if (failed !== null) {
    return [`It is not known which templates use it, because they could not be read (${failed}).`];
  }
  const named = users.map((template) => `${quote(template.name)} (${template.ref})`).join(', ');
  return [
    users.length === 0
      ? 'No template that was read uses it.'
      : `${users.length === 1 ? 'This template uses it and' : `These ${users.length} templates use it and`} will fail to pull at the next deploy: ${named}.`,
    ...(unread === 0 ? [] : [`${counted(unread, 'more template')} could not be read and may use it too.`]),
  ];
}
