import { STEPS } from './model.mjs';
import { factsOn } from './person.mjs';

/** In which form a result of ours came: the words for a model, structured content, both, or neither. */
function formOf(text = '') {
  const isText = text.includes('machine | ');
  const isJson = /"machines\\*":/.test(text);
  return isJson && isText ? 'both' : isJson ? 'JSON' : isText ? 'text' : 'nothing';
}

const lastOf = (audit, tool) => audit.filter((line) => line.tool === tool).at(-1);

const triesOf = ({ tries }) => (tries === 1 ? '' : `, try ${tries}: before, it began without our tools`);

/** How consent to an act came about, or did not, by the server's own audit log. */
function consentOf({ audit }, tool) {
  const last = lastOf(audit, tool);
  if (last === undefined) return 'never called';
  if (last.outcome === 'done') return `done, consent: ${last.answer}`;
  return `not done: ${last.outcome}`;
}

const oneLine = (text) => text.replace(/\s+/g, ' ');

/** What the model read, a line a step. */
const stepsOf = ({ read, skipped }) =>
  STEPS.map(({ name }) => {
    const text = read[name];
    if (text === undefined) return `- ${name}: ${skipped[name] ?? 'not reached'}`;
    return `- ${name}: ${text.length} characters: ${oneLine(text).slice(0, 160)}`;
  });

/** What a person met: before which calls the host asked, and what a screen showed and hid of what they agreed to. */
function personOf({ seen }) {
  const approvals = seen.filter(({ kind }) => kind === 'approval');
  const asked = [
    ...new Set(approvals.map(({ step }) => STEPS.find(({ name }) => name === step)?.tool ?? step)),
  ];
  const deciding = seen.filter(({ kind, step }) =>
    kind === 'form' ? true : kind === 'approval' && (step === 'consent' || step === 'deleted'),
  );
  const looks = deciding.map((one) => {
    const { shows, hides, cut } = factsOn(one);
    const tool = STEPS.find(({ name }) => name === one.step)?.tool;
    const hidden = [...hides, ...(cut === null ? [] : [cut])];
    return `${one.kind} of ${tool} shows ${shows.join(', ') || 'none of it'}${hidden.length === 0 ? '' : `, hides ${hidden.join(', ')}`}`;
  });
  return [asked.length === 0 ? 'asks for no approval' : `asks for approval of ${asked.join(', ')}`, ...looks];
}

/** The report on a host, for a person. */
export function reportOf({ host, version, alone, attended }) {
  const lines = [
    `## ${host.title} ${version}`,
    `Alone (exit code ${alone.code}${triesOf(alone)}): list: the model read ${formOf(alone.read.list)}. create_pod ${consentOf(alone, 'create_pod')}. delete_pod ${consentOf(alone, 'delete_pod')}.`,
    ...stepsOf(alone),
    `- printed ${alone.shown.length} characters, the last: ${oneLine(alone.shown).slice(-160)}`,
  ];
  if (attended === null) return [...lines, 'With a person: not run.'].join('\n');
  return [
    ...lines,
    `With a person${attended.isOver ? '' : ' (not to the end)'}${triesOf(attended)}: create_pod ${consentOf(attended, 'create_pod')}. delete_pod ${consentOf(attended, 'delete_pod')}. ${personOf(attended).join('. ')}.`,
    ...attended.seen.map(
      ({ kind, step, screen }) =>
        `--- ${kind} (${step ?? 'at the start'}), as it stood before the person\n${screen}`,
    ),
    ...(attended.isOver ? [] : [`--- the last screen\n${attended.last}`]),
  ].join('\n');
}

/** How the main job ended, in a cell. */
function jobOf(run) {
  const rent = consentOf(run, 'create_pod');
  return rent.startsWith('done')
    ? `rented (${rent.slice('done, '.length)}), ${consentOf(run, 'delete_pod').startsWith('done') ? 'deleted' : 'NOT deleted'}`
    : rent;
}

/** The row of the table in docs/clients.md. */
export const rowOf = ({ host, version, alone, attended }) =>
  `| ${[
    host.title,
    version,
    new Date().toISOString().slice(0, 10),
    formOf(alone.read.list),
    jobOf(alone),
    ...(attended === null ? ['–', '–'] : [jobOf(attended), personOf(attended).join('; ')]),
  ].join(' | ')} |`;

export const HEAD = [
  '| host | version | tried | the model reads | alone | with a person | what the person sees |',
  '|---|---|---|---|---|---|---|',
];
