import { once } from 'node:events';
import { createServer } from 'node:http';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forPerson } from '../../src/cli/commands/call-text.ts';
import { reportText } from '../../src/cli/commands/doctor.ts';
import { createPaint } from '../../src/cli/terminal/paint.ts';
import { safe, safeJson } from '../../src/cli/terminal/safe.ts';
import { screenOf } from '../../src/cli/terminal/screen.ts';
import { type RunningSandbox, serveSandbox } from '../../src/sandbox/serve.ts';
import { runProgram } from '../child.ts';
import { HARNESS_START } from '../harness.ts';
import { HAS_TERMINAL, plainLines, runInTerminal } from './terminal.ts';

const HOSTILE =
  'a\u001b[31mb\u001b[2J\u001b]0;title\u0007c\u001b]8;;http://x\u001b\\d\u009b5Ae\u0007f\rg\u202eh\u2066i\u001bPx\u001b\\j';
const BAD = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

describe('safe', () => {
  it('leaves words, lines and tabs, and no half of a sequence', () => {
    expect(safe(HOSTILE)).toBe('abcdefghij');
    expect(safe('a\r\nb\tc 漢字 é 👩‍🔬')).toBe('a\nb\tc 漢字 é 👩‍🔬');
  });

  it('lets nothing through that a terminal obeys, and JSON loses nothing by it', () => {
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
    const time = (length: number): number => {
      const text = '\u001b]\u001b[0;\u009d'.repeat(length / 8);
      const started = performance.now();
      safe(text);
      return performance.now() - started;
    };
    time(2 ** 16);
    expect(time(2 ** 20)).toBeLessThan(Math.max(100, 8 * time(2 ** 18)));
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
  ])('%j writes nothing that a terminal obeys', async (args) => {
    const { stdout, stderr } = await runProgram(args, env);
    expect(stdout + stderr).not.toBe('');
    expect(stdout).not.toMatch(BAD);
    expect(stderr).not.toMatch(BAD);
  });

  it.runIf(HAS_TERMINAL)('moves no cursor and sets no colour on a real terminal', async () => {
    const { code, text } = await runInTerminal(['call', 'list_pods'], { env });
    expect(code).toBe(0);
    expect(plainLines(text).join('\n')).not.toMatch(BAD);
    expect(text).not.toMatch(/\u001b\[(?:31m|2J)|\u001b\]/);
  });

  it('that refuses a key with colours: the installer shows its words without them', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: HOSTILE, message: HOSTILE }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    env.VOLT_BASE_URL = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const { stdout, stderr } = await runProgram(['install', 'cursor', '--keys', 'file'], env);
    server.close();
    expect(stdout + stderr).toMatch(/not tried/);
    expect(stdout + stderr).not.toMatch(BAD);
  });
});
