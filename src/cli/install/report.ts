import { counted } from '../../core/text.ts';
import { marked } from '../terminal/layout.ts';
import type { Paint } from '../terminal/screen.ts';
import type { Bench } from './bench.ts';
import type { DiffLine } from './diff.ts';
import { carryOut, type FilePlan, type InstallPlan } from './plan.ts';
import { deleteKeys, unusedKeys } from './stored-keys.ts';
import type { Verdict } from './verify.ts';
import { fold } from './wizard-prompts.ts';

/** A difference as text, its signs painted; lines longer than `width` go on below, behind their sign. */
export const diffText = (
  lines: readonly DiffLine[],
  paint: Paint,
  width: number = Number.POSITIVE_INFINITY,
): string =>
  lines
    .flatMap(({ sign, text }) =>
      fold(text, width - 2).map((piece, at) => {
        const row = `${at === 0 ? sign : ' '} ${piece}`;
        return sign === ' ' ? paint('dim', row) : paint(sign === '+' ? 'good' : 'bad', row);
      }),
    )
    .join('\n');

/** What the person reads about a plan before it is carried out. */
export function showPlan(plan: FilePlan, { print, paint }: Bench): void {
  print(`${plan.before === '' ? 'New file' : 'File'} ${plan.file}`);
  print(diffText(plan.diff, paint));
}

/** The question before the simulator takes the place of an entry that works on real accounts. */
export const dropQuestion = ({ client }: InstallPlan): string =>
  `${client.title} works on your real accounts now. Replace that by the simulator?`;

/** What became of the entry. */
export const writtenText = ({ client, name, before, after }: InstallPlan): string =>
  before === after
    ? `${client.title}: "${name}" is already there as wanted; nothing to write.`
    : `${client.title}: "${name}" is written.`;

/** What to do about an entry that is written and does not work. */
export const AFTER_FAILURE =
  'The entry stays. gpu-cloud-mcp doctor looks for the reason; install again checks once more, uninstall takes the entry out.';

/** How the handshake went, in a sentence. */
export function verdictText(verdict: Verdict, { client, server }: InstallPlan): string {
  if (!verdict.ok) return `The server did not answer a handshake: ${verdict.problem}`;
  const tools = counted(verdict.tools, 'tool');
  if (server.kind === 'http') return `Verified: it answers at that URL and offers ${tools}.`;
  const how = client.desktop
    ? `started with the PATH that apps on the desktop have (not that of this shell), it`
    : `started by ${client.title}'s command line, it`;
  return `Verified: ${how} offers ${tools}.`;
}

/** Writes the planned files; the backups that were made. */
export const writeFiles = (plans: readonly InstallPlan[], { now }: Bench): string[] =>
  plans.flatMap((plan) => carryOut(plan, now()).backup ?? []);

/** Carries the plans of one client out and reports; false if a proof failed. */
export async function perform(plans: readonly InstallPlan[], bench: Bench, check: boolean): Promise<boolean> {
  const { print, paint, columns } = bench;
  const [first] = plans;
  if (first === undefined) return true;
  const mark = (ok: boolean | null): string =>
    ok === null ? paint('warn', '!') : ok ? paint('good', '✓') : paint('bad', '✗');
  const backups = writeFiles(plans, bench);
  print(
    marked(mark(true), writtenText(plans.find(({ before, after }) => before !== after) ?? first), columns),
  );
  for (const backup of backups) print(paint('dim', `  Backup: ${backup}`));
  let good = true;
  if (check) {
    const verdict = await bench.verify(first);
    print(marked(mark(verdict.ok), verdictText(verdict, first), columns));
    const trials = await bench.tryKeys(first.keys);
    for (const { ok, text } of trials) print(marked(mark(ok), text, columns));
    good = verdict.ok && trials.every(({ ok }) => ok !== false);
    if (!good) print(marked(' ', AFTER_FAILURE, columns));
    if (!verdict.ok) return false;
  }
  print(marked(' ', `Next: ${first.client.next}`, columns));
  return good;
}

/** What was looked at before a key is called unused. */
const NO_ENTRY = 'No entry in your user files or this folder';
/** Where nobody looked. */
export const ELSEWHERE = 'Project files in other folders were not looked at.';

/** Why a key must stay: a client file that cannot be read may name it. */
export const unreadText = (paths: readonly string[], unread: readonly string[]): string =>
  `Your API key stays in ${paths.join(' and ')}: ${unread.join(' and ')} cannot be read, so an entry there may still use it. Repair that file and run the command again.`;

/** The question before keys are deleted. */
export const deleteQuestion = (paths: readonly string[]): string =>
  `${NO_ENTRY} uses your API key in ${paths.join(' and ')} any more. ${ELSEWHERE} Delete it?`;

/**
 * Keys that lie in private files and that no entry names any more: deletes them if asked to, else says where they are.
 * The flag alone counts only if the command has `changed` an entry; a key that an unread file may name stays.
 */
export async function offerToDeleteKeys(
  flags: { deleteKeys?: boolean },
  { place, stateDir, script, ask, print, paint, columns }: Bench,
  changed: boolean,
): Promise<void> {
  const { paths, unread } = unusedKeys(place, stateDir, script);
  if (paths.length === 0) return;
  if (unread.length > 0) {
    print(marked(paint('warn', '!'), unreadText(paths, unread), columns));
    if (flags.deleteKeys === true) process.exitCode = 1;
    return;
  }
  const files = paths.join(' and ');
  const isAgreed = (flags.deleteKeys === true && changed) || (await ask?.(deleteQuestion(paths))) === true;
  if (isAgreed) {
    deleteKeys(paths);
    const done = `Deleted: ${files}. Revoke the key at the cloud if you do not need it.`;
    print(marked(paint('good', '✓'), done, columns));
    return;
  }
  const how =
    ask !== null
      ? ''
      : changed
        ? ' --delete-keys deletes it.'
        : ' Nothing was removed and nobody can be asked here, so it was not deleted.';
  const stays = `Your API key stays in ${files}. ${NO_ENTRY} uses it any more. ${ELSEWHERE}${how}`;
  print(marked(paint('warn', '!'), stays, columns));
}
