import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnv } from '../../config/read.ts';
import { widthOf, wrap } from '../../core/columns.ts';
import { type ConnectedClient, connectStdio, type Person } from '../../mcp/client.ts';
import { invoked } from '../invocation.ts';
import { untilInterrupted } from '../terminal/exit.ts';
import { forPerson, wrapLine } from '../terminal/layout.ts';
import { type Look, type Paint, type Screen, screenOf } from '../terminal/screen.ts';
import { DEMO_STEPS, type DemoRefs, hasMoved, MAX_CALLS } from './demo-script.ts';

const SPEAKERS = { agent: 'dim', asked: 'warn', types: 'good', server: 'dim' } as const satisfies Record<
  string,
  Look
>;
/** The speaker of a line of the transcript; `asked` and `types` are the person. */
type Speaker = keyof typeof SPEAKERS;

/** Columns before the text of a speaker. */
const MARGIN = 11;
const CELLS = ' | ';
const SANDBOX_NOTE = /^\[sandbox: /;
/** Text in brackets, also nested. */
const ASIDE = / \((?:[^()]|\([^()]*\))*\)/g;
/** The first columns of a table: what it is and what it costs. */
const MAX_CELLS = 3;

const argument = (value: unknown): string => (Array.isArray(value) ? value.join(',') : String(value));

/** A call in full. */
export const callWords = (tool: string, args: Record<string, unknown>): string =>
  `${tool} {${Object.entries(args)
    .map(([name, value]) => `"${name}": ${JSON.stringify(value)}`)
    .join(', ')}}`;

/** A call in short: the tool and `name=value` for each argument. */
export const callGist = (tool: string, args: Record<string, unknown>): string =>
  [tool, ...Object.entries(args).map(([name, value]) => `${name}=${argument(value)}`)].join(' ');

/** The challenge of a question; the instruction also stands at its end. */
const challengeIn = (message: string): string => /Type\s+"([^"]+)"\s+to confirm\.$/.exec(message)?.[1] ?? '';

/** A question in short: what would be done, what it costs without the arithmetic, and what to type. */
export function questionGist(message: string): string {
  const lines = message.replace(/\n {2,}/g, ' ').split('\n');
  const cost = lines.find((line) => line.startsWith('Cost: '));
  return [lines[0], cost, `Type "${challengeIn(message)}" to confirm.`]
    .map((line) => (line ?? '').replace(ASIDE, ''))
    .join(' ')
    .replace(/ {2,}/g, ' ');
}

const sentences = (line: string): string[] => line.split(/(?<=[.?]) (?=[A-Z])/);

/** An answer in short: the rows of its table, else the sentences that the step shows, or the first. */
export function answerGist(text: string, shows: RegExp | undefined): string {
  const lines = text.split('\n').filter((line) => !SANDBOX_NOTE.test(line));
  const rows = lines.filter((line) => line.includes(CELLS));
  if (rows.length > 1) return rows.map((row) => row.split(CELLS).slice(0, MAX_CELLS).join(CELLS)).join('\n');
  const all = lines.flatMap(sentences);
  return (shows === undefined ? all.slice(0, 1) : all.filter((sentence) => shows.test(sentence))).join('\n');
}

/** Lines after the name of their speaker. */
const behind = (speaker: Speaker, lines: readonly string[], paint: Paint): string => {
  const name = paint(SPEAKERS[speaker], `    ${speaker}`.padEnd(MARGIN));
  return lines.map((line, at) => `${at === 0 ? name : ' '.repeat(MARGIN)}${line}`).join('\n');
};

/** The text of a speaker; tables are aligned. */
function speech(speaker: Speaker, text: string, screen: Screen): string {
  const shown = forPerson(text, { ...screen, columns: screen.columns - MARGIN });
  return behind(speaker, shown.split('\n'), screen.paint);
}

/** A question in short, and after `>` what the person types. */
export function exchange(message: string, typed: string, { columns, paint }: Screen): string {
  const room = columns - MARGIN;
  const lines = wrapLine(questionGist(message), room).split('\n');
  const last = lines.at(-1) ?? '';
  const fits = widthOf(last) + 3 + widthOf(typed) <= room;
  const answer = paint('good', `> ${typed}`);
  return behind(
    'asked',
    fits ? [...lines.slice(0, -1), `${last} ${answer}`] : [...lines, `  ${answer}`],
    paint,
  );
}

/** The heading of a step. */
const heading = (number: number, says: string, { columns, paint }: Screen): string =>
  paint('bold', wrap(says, columns, '    ', `${`${number}.`.padStart(3)} `));

/**
 * Sandbox seconds per real second: a pod that takes 20 s to deploy runs after less than a second, and a job stays refundable
 * (180 s) for six seconds, also on a busy machine.
 */
const SPEED = '30';

const INTRO = `A scripted agent rents, trains and cleans up on the built-in simulator of the clouds; a scripted person answers what the server asks. No account, no real money. Time runs ${SPEED} times as fast.`;
const SHORT = 'Cut to the point here (demo --full shows every word); after > stands what the person types.';
const OUTRO = 'Every step went as expected. Every step that spends, stops or destroys asked first.';
const NEXT = 'To add the server to your own client (with --sandbox it stays on the simulator):';

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Starts this very program as a server on the simulator. */
const startServer = (stateDir: string, person: Person, signal: AbortSignal): Promise<ConnectedClient> =>
  connectStdio(
    {
      command: process.execPath,
      args: [
        process.argv[1] ?? '',
        'serve',
        '--sandbox',
        '--results',
        'both',
        '--sandbox-speed',
        SPEED,
        '--state-dir',
        stateDir,
        '--log-level',
        'error',
      ],
      env: childEnv({}),
    },
    person,
    signal,
  );

/** The person, who types what each question asks for; records the costs for the end. */
function scriptedPerson(screen: Screen, full: boolean, costs: Map<string, string>): Person {
  return (message) => {
    const challenge = challengeIn(message);
    print(
      full
        ? `${speech('asked', message, screen)}\n${speech('types', challenge, screen)}`
        : exchange(message, challenge, screen),
    );
    const cost = /It\s+has\s+cost\s+((?:under\s+)?\$\S+)\s+so\s+far/.exec(message)?.[1];
    if (cost !== undefined) costs.set(challenge, cost.replace(/\s+/, ' '));
    return challenge;
  };
}

/** Runs the steps one by one. Returns the fault of the first that is not as expected, or null. */
async function play(client: ConnectedClient, full: boolean, screen: Screen): Promise<string | null> {
  const say = (speaker: Speaker, text: string) => print(speech(speaker, text, screen));
  const refs: DemoRefs = {};
  for (const [at, { says, shows, tool, args, expects, keeps }] of DEMO_STEPS.entries()) {
    const given = args(refs);
    print(heading(at + 1, says, screen));
    const call = async () => {
      say('agent', full ? callWords(tool, given) : callGist(tool, given));
      const result = await client.call(tool, given, (message) => full && say('server', message));
      for (const part of result.content)
        if (part.type === 'text') say('server', full ? part.text : answerGist(part.text, shows));
      return result;
    };
    let result = await call();
    for (let calls = 1; calls < MAX_CALLS && hasMoved(result.structuredContent); calls += 1)
      result = await call();
    const found = expects.safeParse(result.structuredContent);
    const odd = found.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)[0];
    const fault = result.isError === true ? 'the call failed' : odd;
    if (fault !== undefined) return `The demo failed at step ${at + 1} (${tool}): ${fault}.`;
    if (keeps !== undefined && typeof found.data === 'string') refs[keeps] = found.data;
  }
  return null;
}

/** Runs everything and prints the end. False if a step was not as expected. */
async function narrate(
  client: ConnectedClient,
  full: boolean,
  screen: Screen,
  costs: Map<string, string>,
): Promise<boolean> {
  const fault = await play(client, full, screen);
  if (fault !== null) {
    print(`\n${wrap(fault, screen.columns, '')}`);
    return false;
  }
  print(
    `\n${wrap(`${OUTRO} The pods cost ${[...costs].map((one) => one.join(' ')).join(' and ')}, simulated.`, screen.columns, '')}`,
  );
  print(wrap(NEXT, screen.columns, ''));
  // The last line is only the command, so that it can be copied whole.
  print(`  ${invoked()} install`);
  return true;
}

/**
 * `gpu-cloud-mcp demo`: a scripted agent drives this very binary over stdio against the simulator and prints what
 * agent, server and person say; with `full` every word of it. Exit code 1 as soon as one step is not as expected, 130
 * after Ctrl-C.
 */
export async function demo(full: boolean): Promise<void> {
  const { signal } = untilInterrupted();
  const screen = screenOf(process.stdout);
  const costs = new Map<string, string>();
  print(`${wrap(full ? INTRO : `${INTRO} ${SHORT}`, screen.columns, '')}\n`);
  const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-demo-'));
  let client: ConnectedClient | null = null;
  const end = () => void client?.close();
  signal.addEventListener('abort', end);
  try {
    client = await startServer(stateDir, scriptedPerson(screen, full, costs), signal);
    if (!(await narrate(client, full, screen, costs))) process.exitCode = 1;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', end);
    await client?.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}
