import { counted } from '../../core/text.ts';
import { invoked } from '../invocation.ts';
import { fold, marked } from '../terminal/layout.ts';
import type { Paint } from '../terminal/screen.ts';
import type { InstallContext } from './context.ts';
import type { DiffLine } from './diff.ts';
import { carryOut, type FilePlan, type InstallPlan } from './plan.ts';
import type { Verdict } from './verify.ts';
import type { Output } from './wizard-prompts.ts';

/** Lines on stdout, each after its mark. */
export function outputOf({ print, paint, columns }: InstallContext): Output {
  const after = (mark: string) => (text: string) => print(marked(mark, text, columns));
  return {
    say: after(' '),
    good: after(paint('good', '✓')),
    bad: after(paint('bad', '✗')),
    warn: after(paint('warn', '!')),
  };
}

/** Shows where the old file was kept. */
export const showBackup = (backup: string, { print, paint }: InstallContext): void =>
  print(paint('dim', `  Backup: ${backup}`));

/** A difference as text with painted signs; lines longer than `width` continue below, after their sign. */
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

/** The report about a plan before it is written. */
export function showPlan(plan: FilePlan, { print, paint }: InstallContext): void {
  print(`${plan.before === '' ? 'New file' : 'File'} ${plan.file}`);
  print(diffText(plan.diff, paint));
}

/** The question before the simulator replaces an entry for real accounts. */
export const dropQuestion = ({ client }: InstallPlan): string =>
  `${client.title} works on your real accounts now. Replace that by the simulator?`;

/** The report about the written entry. */
const writtenText = ({ client, name, before, after, keyFiles }: InstallPlan): string =>
  before === after && keyFiles.length > 0
    ? `${client.title}: "${name}" is already there as wanted; its key was stored again.`
    : before === after
      ? `${client.title}: "${name}" is already there as wanted; nothing to write.`
      : `${client.title}: "${name}" is written.`;

/** The next step for an entry that was written but does not work. */
export const afterFailure = (): string =>
  `The entry stays. ${invoked()} doctor looks for the reason; install checks once more, uninstall removes the entry.`;

/** The result of the handshake, as a sentence. */
function verdictText(verdict: Verdict, { client, server }: InstallPlan): string {
  if (!verdict.ok) return `The server did not answer a handshake: ${verdict.problem}`;
  const tools = counted(verdict.tools, 'tool');
  if (server.kind === 'http') return `Verified: it answers at that URL and offers ${tools}.`;
  const how = client.desktop
    ? `started with the PATH that apps on the desktop have (not that of this shell), it`
    : `started by ${client.title}'s command line, it`;
  return `Verified: ${how} offers ${tools}.`;
}

/** Writes the files of one client. Returns the report and the backups. */
export function writePlans(plans: readonly InstallPlan[], { now }: InstallContext) {
  const backups = plans.flatMap((plan) => carryOut(plan, now()).backup ?? []);
  const shown = plans.find(({ before, after }) => before !== after) ?? plans[0];
  return { text: shown === undefined ? '' : writtenText(shown), backups };
}

/** Starts the server as the entry says and reports what came of it. False if it does not answer. */
export async function proveServer(
  plan: InstallPlan,
  { verify }: InstallContext,
  output: Output,
): Promise<boolean> {
  const verdict = await verify(plan);
  output[verdict.ok ? 'good' : 'bad'](verdictText(verdict, plan));
  return verdict.ok;
}

/** Makes one read with each key and reports what came of it. False if a cloud refuses one. */
export async function proveKeys(
  keys: InstallPlan['keys'],
  { tryKeys }: InstallContext,
  output: Output,
): Promise<boolean> {
  const trials = await tryKeys(keys);
  for (const { ok, text } of trials) output[ok === null ? 'warn' : ok ? 'good' : 'bad'](text);
  return trials.every(({ ok }) => ok !== false);
}

/** Writes the plans of one client and reports the results. False if a check failed. */
export async function perform(
  plans: readonly InstallPlan[],
  context: InstallContext,
  check: boolean,
): Promise<boolean> {
  const [first] = plans;
  if (first === undefined) return true;
  const output = outputOf(context);
  const { text, backups } = writePlans(plans, context);
  output.good(text);
  for (const backup of backups) showBackup(backup, context);
  let isGood = true;
  if (check) {
    const answers = await proveServer(first, context, output);
    isGood = (await proveKeys(first.keys, context, output)) && answers;
    if (!isGood) output.say(afterFailure());
    if (!answers) return false;
  }
  output.say(`Next: ${first.client.next}`);
  return isGood;
}
