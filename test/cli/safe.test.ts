import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reportText } from '../../src/cli/commands/doctor.ts';
import { forPerson } from '../../src/cli/terminal/layout.ts';
import { createPaint, safe, safeJson, screenOf } from '../../src/cli/terminal/screen.ts';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { AUDIT_FILE } from '../../src/store/audit.ts';
import { binary } from '../binary.ts';
import { HARNESS_START } from '../harness.ts';
import { growth, MAX_RATIO } from '../outbound/growth.ts';
import { runHere } from './here.ts';
import { lookAt } from './terminal.ts';

const HOSTILE =
  'a\u001b[38;5;201mb\u001b[2J\u001b]0;title\u0007c\u001b]8;;http://x\u001b\\d\u009b5Ae\u0007f\rg\u202eh\u2066i\u001bPx\u001b\\j';
/** The control characters in it that a terminal would execute. */
const OBEYED = /\u001b\[(?:38;5;201m|2J)|\u001b[\]P]|\u009b|\u0007|\u202e|\u2066/;
const BAD = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

describe('safe', () => {
  it('leaves words, lines and tabs, and no half of a sequence', () => {
    expect(safe(HOSTILE)).toBe('abcdefghij');
    expect(safe('a\r\nb\tc 漢字 é 👩‍🔬')).toBe('a\nb\tc 漢字 é 👩‍🔬');
  });

  it('lets no control sequence through, and JSON loses nothing by it', () => {
    const piece = fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '\u009b',
      '31m',
      ';',
      '\u0007',
      'x',
      '\n',
      '\u202e',
      '\u0000',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        expect(safe(text)).not.toMatch(BAD);
        expect(safeJson({ text })).not.toMatch(BAD);
        expect(JSON.parse(safeJson({ text }))).toEqual({ text });
      }),
    );
  });

  it('takes time in step with the length', () => {
    expect(growth(safe, '\u001b]\u001b[0;\u009d', '') ?? 0).toBeLessThan(MAX_RATIO);
  });

  it('cleans what tools say before it is painted, and what doctor finds', () => {
    const screen = {
      ...screenOf({ isTTY: true, columns: 80 }, { TERM: 'xterm' }),
      paint: createPaint(false),
    };
    expect(forPerson(`ref | name\nx | ${HOSTILE}\n! ${HOSTILE}`, screen)).not.toMatch(BAD);
    const finding = { check: 'x', ok: false, line: safe(HOSTILE), remedy: null };
    expect(reportText([finding], createPaint(false), 80)).not.toMatch(BAD);
  });
});

describe('a hostile cloud', () => {
  let sandbox: RunningSandbox;
  let env: Record<string, string>;
  beforeEach(async () => {
    sandbox = await serveSandbox({ speed: 0, start: HARNESS_START });
    sandbox.world.addPod('volt', { name: HOSTILE, state: 'running' });
    env = { VOLT_API_KEY: sandbox.volt.apiKey, VOLT_BASE_URL: sandbox.volt.baseUrl };
  });
  afterEach(() => sandbox.close());

  it.each([
    [['call', 'list_pods']],
    [['call', 'list_pods', '--json']],
    [['call', 'get_pod', `pod=${HOSTILE}`]],
    [['call', 'list_pods', JSON.stringify({ [HOSTILE]: 1 })]],
    [['watch', '--once']],
    [['ssh', HOSTILE]],
    [['doctor']],
    [['install', HOSTILE]],
    [[HOSTILE]],
  ])('%j writes no control sequence', async (args) => {
    const { stdout, stderr } = await runHere(args, env);
    expect(stdout + stderr).not.toBe('');
    expect(stdout).not.toMatch(BAD);
    expect(stderr).not.toMatch(BAD);
  });

  it.each([[['call', 'list_pods']], [['watch', '--once']], [['audit']]])(
    'moves no cursor and sets no colour in a terminal: %j',
    async (args) => {
      const home = (dir: string) => {
        const state = join(dir, '.local', 'state', 'gpu-cloud-mcp');
        mkdirSync(state, { recursive: true, mode: 0o700 });
        const line = {
          at: '2026-03-28T14:00:00Z',
          session: HOSTILE,
          tool: HOSTILE,
          ref: HOSTILE,
          summary: HOSTILE,
        };
        const rest = { usd_per_hour: null, usd_upfront: null, answer: 'person', outcome: 'done' };
        writeFileSync(join(state, AUDIT_FILE), `${JSON.stringify({ ...line, ...rest })}\n`);
      };
      const { code, text } = await lookAt(args, { env, home });
      expect(code, text).toBe(0);
      expect(text).toMatch(/\bab/);
      expect(text).not.toMatch(OBEYED);
    },
  );

  describe('that refuses a key with colours', () => {
    let server: Server;
    beforeEach(async () => {
      server = createServer((_request, response) => {
        response.writeHead(400, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ error: HOSTILE, message: HOSTILE }));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const address = server.address();
      env.VOLT_BASE_URL = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    });
    afterEach(() => void server.close());

    it('the installer shows its words without them', async () => {
      const { stdout, stderr } = await runHere(['install', 'cursor', '--keys', 'file'], env, await binary());
      expect(stdout + stderr).toMatch(/Volt/);
      expect(stdout + stderr).not.toMatch(BAD);
    });
  });
});
