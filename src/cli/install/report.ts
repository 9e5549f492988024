import { counted } from '../../core/text.ts';
import { invoked } from '../invocation.ts';
import { marked } from '../terminal/layout.ts';
import type { Paint } from '../terminal/screen.ts';
import type { InstallContext } from './context.ts';
import type { DiffLine } from './diff.ts';
import { carryOut, type FilePlan, type InstallPlan } from './plan.ts';
import type { Verdict } from './verify.ts';
import { fold } from './wizard-prompts.ts';

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
export const writtenText = ({ client, name, before, after, keyFiles }: InstallPlan): string =>
  before === after && keyFiles.length > 0
    ? `${client.title}: "${name}" is already there as wanted; its key was stored again.`
    : before === after
      ? `${client.title}: "${name}" is already there as wanted; nothing to write.`
      : `${client.title}: "${name}" is written.`;

/** The next step for an entry that was written but does not work. */
export const afterFailure = (): string =>
  `The entry stays. ${invoked()} doctor looks for the reason; install checks once more, uninstall removes the entry.`;

/** The result of the handshake, as a sentence. */
export function verdictText(verdict: Verdict, { client, server }: InstallPlan): string {
  if (!verdict.ok) return `The server did not answer a handshake: ${verdict.problem}`;
  const tools = counted(verdict.tools, 'tool');
  if (server.kind === 'http') return `Verified: it answers at that URL and offers ${tools}.`;
  const how = client.desktop
    ? `started with the PATH that apps on the desktop have (not that of this shell), it`
    : `started by ${client.title}'s command line, it`;
  return `Verified: ${how} offers ${tools}.`;
}

/** Writes the planned files. Returns the backups. */
export const writeFiles = (plans: readonly InstallPlan[], { now }: InstallContext): string[] =>
  plans.flatMap((plan) => carryOut(plan, now()).backup ?? []);

/** Writes the plans of one client and reports the results. False if a check failed. */
export async function perform(
  plans: readonly InstallPlan[],
  context: InstallContext,
  check: boolean,
): Promise<boolean> {
  const { print, paint, columns } = context;
  const [first] = plans;
  if (first === undefined) return true;
  const mark = (ok: boolean | null): string =>
    ok === null ? paint('warn', '!') : ok ? paint('good', '✓') : paint('bad', '✗');
  const backups = writeFiles(plans, context);
  print(
    marked(mark(true), writtenText(plans.find(({ before, after }) => before !== after) ?? first), columns),
  );
  for (const backup of backups) print(paint('dim', `  Backup: ${backup}`));
  let good = true;
  if (check) {
    const verdict = await context.verify(first);
    print(marked(mark(verdict.ok), verdictText(verdict, first), columns));
    const trials = await context.tryKeys(first.keys);
    for (const { ok, text } of trials) print(marked(mark(ok), text, columns));
    good = verdict.ok && trials.every(({ ok }) => ok !== false);
    if (!good) print(marked(' ', afterFailure(), columns));
    if (!verdict.ok) return false;
  }
  print(marked(' ', `Next: ${first.client.next}`, columns));
  return good;
}
