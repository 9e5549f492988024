import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './errors.ts';
import { type Identity, syncDirectory } from './owner.ts';

/** `<owner>.<random>.draft` is being written. Versions before named no owner. */
const DRAFT = /^(?:(\w+-\w+)\.)?[0-9a-f-]{36}\.draft$/;
/** No write takes longer, milliseconds; a draft without an owner that is older is nobody's. */
const DRAFT_MS = 10 * 60 * 1000;

/** Writes a file (0600) whole or not at all, and puts it on disk. */
export async function writeAtomically(
  folder: string,
  name: string,
  text: string,
  owner: string,
): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `${owner}.${randomUUID()}.draft`);
  const path = join(folder, name);
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path).catch(async (error: unknown) => {
      // See `takeOver`: the first of two requests did it.
      if (codeOf(error) !== 'ENOENT' || (await readFile(path, 'utf8')) !== text) throw error;
    });
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(folder);
}

/** Removes what processes left that ended while they wrote. `names`: what is in the folder. */
export async function removeDrafts(
  folder: string,
  names: readonly string[],
  identity: Identity,
): Promise<void> {
  for (const name of names) {
    const draft = DRAFT.exec(name);
    if (draft === null) continue;
    const [, owner] = draft;
    const path = join(folder, name);
    const isLitter = owner === undefined ? await isOld(path) : await identity.isOrphan(path, owner);
    if (isLitter) await rm(path, { force: true }).catch(() => {});
  }
}

const isOld = async (path: string): Promise<boolean> =>
  Date.now() - (await stat(path).then(({ mtimeMs }) => mtimeMs, Date.now)) > DRAFT_MS;
