import { rmSync } from 'node:fs';
import type { InstallContext } from './context.ts';
import type { FilePlan } from './plan.ts';
import { outputOf } from './report.ts';
import { unusedKeys } from './stored-keys.ts';
import type { Output } from './wizard-prompts.ts';

/** The files that are searched before a key counts as unused. */
const NO_ENTRY = 'No entry in your user files or this folder';
/** The files that are not searched. */
const ELSEWHERE = 'Project files in other folders were not searched.';

/** The message for keys that must stay because an unreadable client file may name them. */
const unreadText = (paths: readonly string[], unread: readonly string[]): string =>
  `Your API key stays in ${paths.join(' and ')}: ${unread.join(' and ')} cannot be read, so an entry there may still use it. Repair that file and run the command again.`;

/** The question before keys are deleted. */
const deleteQuestion = (paths: readonly string[]): string =>
  `${NO_ENTRY} uses your API key in ${paths.join(' and ')} any more. ${ELSEWHERE} Delete it?`;

/** What happens to keys that no entry names: there are none, they stay, the person is asked, or they are deleted. */
type Fate = 'none' | 'unread' | 'stay' | 'ask' | 'delete';

/**
 * The flag counts only if the command changes an entry, so that a mistyped name deletes nothing. A key that an unreadable
 * file may name stays.
 */
function fateOf(
  { paths, unread }: ReturnType<typeof unusedKeys>,
  wanted: boolean,
  changed: boolean,
  canAsk: boolean,
): Fate {
  if (paths.length === 0) return 'none';
  if (unread.length > 0) return 'unread';
  if (wanted && changed) return 'delete';
  return canAsk ? 'ask' : 'stay';
}

/** Says that a key file stays. `files`: their paths; `changed`: whether an entry was removed. */
export function stayText(files: string, changed: boolean, canAsk: boolean): string {
  const how = canAsk
    ? ''
    : changed
      ? ' --delete-keys deletes it.'
      : ' Nothing was removed and nobody can be asked here, so it was not deleted.';
  return `Your API key stays in ${files}. ${NO_ENTRY} uses it any more. ${ELSEWHERE}${how}`;
}

/** Deletes the private key files that no entry names if the person agrees, else reports their paths. */
export async function offerToDeleteKeys(
  { deleteKeys: wanted = false }: { deleteKeys?: boolean },
  context: InstallContext,
  changed: boolean,
  { good, warn }: Output = outputOf(context),
): Promise<void> {
  const { ask } = context;
  const unused = unusedKeys(context);
  const { paths, unread } = unused;
  const files = paths.join(' and ');
  const fate = fateOf(unused, wanted, changed, ask !== null);
  if (fate === 'none') return;
  if (fate === 'unread') {
    warn(unreadText(paths, unread));
    if (wanted) process.exitCode = 1;
  } else if (fate === 'delete' || (await ask?.(deleteQuestion(paths))) === true) {
    for (const path of paths) rmSync(path, { force: true });
    good(`Deleted: ${files}. Revoke the key at the cloud if you do not need it.`);
  } else {
    warn(stayText(files, changed, ask !== null));
  }
}

/** What a dry run says of keys that no entry names then. `files`: their paths. */
export const WOULD_CLEAN = {
  delete: (files: string): string =>
    `It would delete your API key in ${files}, which no entry uses then. ${ELSEWHERE}`,
  ask: (files: string): string =>
    `It would ask whether to delete your API key in ${files}, which no entry uses then.`,
} as const;

/** What a run without --dry-run would do with keys that no entry names then; null if there are none. */
export function plannedCleanup(
  { deleteKeys: wanted = false }: { deleteKeys?: boolean },
  context: InstallContext,
  plans: readonly FilePlan[],
): string | null {
  const texts = new Map(plans.map(({ file, after }) => [file, after]));
  const changed = plans.some(({ before, after }) => before !== after);
  const unused = unusedKeys(context, texts);
  const { paths, unread } = unused;
  const files = paths.join(' and ');
  const messages: Record<Fate, () => string | null> = {
    none: () => null,
    unread: () => unreadText(paths, unread),
    delete: () => WOULD_CLEAN.delete(files),
    ask: () => WOULD_CLEAN.ask(files),
    stay: () => stayText(files, changed, false),
  };
  return messages[fateOf(unused, wanted, changed, context.ask !== null)]();
}
