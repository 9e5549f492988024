import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QUESTIONS, UNCHANGED } from '../../src/cli/install/wizard.ts';
import { AUDIT_FILE } from '../../src/store/audit.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { naming } from '../facts.ts';
import { runHere } from './here.ts';
import {
  asks,
  CHOSEN,
  HAS_TERMINAL,
  hasEscapes,
  type InTerminal,
  isColored,
  lookAt,
  plainLines,
  runInTerminal,
  tooWide,
} from './terminal.ts';

const POD = {
  name: 'look',
  machine: 'volt:machine:mach_h100_03',
  template: 'volt:template:tpl_pytorch21',
  ssh_keys: ['volt:ssh_key:key_abc123'],
};
const AUDIT_LINE = {
  at: '2026-03-28T14:00:00.123Z',
  session: 's',
  tool: 'delete_docker_credential',
  ref: 'nebula:pod:e10d4e8e-b2af-2f26-165a-881cd424e42a',
  summary: 'Rent.',
  usd_per_hour: 0.39,
  usd_upfront: 92.5,
  answer: 'person',
  outcome: 'outcome_unknown',
};

/** A home with a state directory that has an audit log. */
function audited(dir: string): void {
  const state = join(dir, '.local', 'state', 'gpu-cloud-mcp');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  writeFileSync(join(state, AUDIT_FILE), `${JSON.stringify(AUDIT_LINE)}\n`);
}

/** One screen of a person: the command line, its exit code, and the input that leads to it. */
interface Look extends InTerminal {
  args: readonly string[];
  code?: number;
  /** Errors and plain sentences have no colours. */
  plain?: boolean;
}

/** The end of a question, where the person types. */
const PROMPT = /"2\.39"[^>]*> /;

const LOOKS: readonly Look[] = [
  { args: ['--help'] },
  { args: ['tools', '--sandbox'] },
  { args: ['doctor'], code: 1 },
  { args: ['audit'], home: audited },
  { args: ['watch', '--once', '--sandbox'] },
  { args: ['call', '--sandbox', 'list_machines'] },
  { args: ['call', '--sandbox', 'create_pod', JSON.stringify(POD)], typed: '2.39\r' },
  { args: ['call', '--sandbox', 'create_pod', JSON.stringify(POD)], keys: [[PROMPT, '\u0003']], code: 130 },
  { args: ['call', '--sandbox', 'create_pod', JSON.stringify(POD)], typed: '\u0004', code: 1 },
  { args: ['install', 'zed', '--dry-run'], env: { VOLT_API_KEY: 'volt_look_1234567890abcdef' } },
  { args: ['call', 'list_pods'], code: 2, plain: true },
  { args: ['docter'], code: 2, plain: true },
];

const title = ({ args, keys = [], typed = keys[0]?.[1] }: Look): string =>
  `gpu-cloud-mcp ${args.join(' ')}${typed === undefined ? '' : `, typing ${JSON.stringify(typed)}`}`;

describe.runIf(HAS_TERMINAL)('in a terminal of 80 columns', () => {
  it.each(LOOKS.map((look) => [title(look), look] as const))(
    '%s fits and is coloured',
    async (_title, look) => {
      const { code, text } = await lookAt(look.args, look);
      expect(code, text).toBe(look.code ?? 0);
      expect(tooWide(text)).toEqual([]);
      expect(isColored(text)).toBe(look.plain !== true);
    },
  );

  it.each([
    [{ NO_COLOR: '1' }, ['doctor']],
    [{ NO_COLOR: '1' }, ['call', '--sandbox', 'list_images']],
    [{ TERM: 'dumb' }, ['--help']],
  ])('with %o holds no escape sequences: %j', async (env, args) => {
    const { text } = await lookAt(args, { env });
    expect(plainLines(text).length).toBeGreaterThan(5);
    expect(hasEscapes(text)).toBe(false);
  });

  it('the wizard asks, shows, writes and checks, and nothing of it is too wide', async () => {
    const keys = [
      [asks(QUESTIONS.clients), '\r'],
      [asks(QUESTIONS.target), '\r'],
      [asks(QUESTIONS.scope), '\r'],
      [asks(QUESTIONS.write), 'y'],
    ] as const;
    const home = (dir: string) => mkdirSync(join(dir, '.cursor'));
    const { code, text } = await runInTerminal(['install'], { keys, home, lines: 50 });
    expect(code, text).toBe(0);
    expect(text).toMatch(naming('PATH', String(TOOLS.length)));
    expect(tooWide(text)).toEqual([]);
  });

  it('the wizard names its default and takes it with Enter; given up with Ctrl-C it ends with 130 and writes nothing', async () => {
    let file = '';
    const keys = [
      [asks(QUESTIONS.clients), '\r'],
      [asks(QUESTIONS.target), '\u001b[B'],
      [CHOSEN, '\u001b[B'],
      [CHOSEN, '\r'],
      [asks(QUESTIONS.url, 'http://127.0.0.1:8484/mcp'), '\r'],
      [asks(QUESTIONS.scope), '\r'],
      [asks(QUESTIONS.write), '\u0003'],
    ] as const;
    const home = (dir: string) => {
      mkdirSync(join(dir, '.cursor'));
      file = join(dir, '.cursor', 'mcp.json');
    };
    const { code, text } = await runInTerminal(['install'], { keys, home, env: { NO_COLOR: '1' } });
    expect({ code, written: existsSync(file) }, text).toEqual({ code: 130, written: false });
    expect(text).toContain('"url": "http://127.0.0.1:8484/mcp"');
    expect(text).toContain(UNCHANGED);
    expect(tooWide(text)).toEqual([]);
    expect(isColored(text)).toBe(false);
  });
});

describe('in a pipe', () => {
  it.each([
    [['--help']],
    [['doctor']],
    [['call', '--sandbox', 'list_images']],
    [['install', 'cursor', '--sandbox', '--dry-run']],
  ])('%j holds no escape sequences, even for a terminal that could show them', async (args) => {
    const { stdout, stderr } = await runHere(args, { TERM: 'xterm-256color', COLORTERM: 'truecolor' });
    expect(stdout).not.toBe('');
    expect(hasEscapes(stdout + stderr)).toBe(false);
  });
});
