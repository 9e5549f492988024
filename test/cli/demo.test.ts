import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answerGist, callGist, callWords, exchange, questionGist } from '../../src/cli/commands/demo.ts';
import { DEMO_STEPS, hasMoved } from '../../src/cli/commands/demo-script.ts';
import { screenOf } from '../../src/cli/terminal/screen.ts';
import { binary } from '../binary.ts';
import { runProgram, startProgram } from '../child.ts';
import { dollarsIn } from '../facts.ts';
import { runHere } from './here.ts';
import { hasEscapes, tooWide } from './terminal.ts';

/** A story of two screens of a usual window, not a log. */
const MAX_LINES = 100;

const flat = (text: string): string => text.replace(/\s+/g, ' ');

describe('demo', { timeout: 120_000 }, () => {
  it('does the whole job, and prints it in short: calls, questions, what was typed, what it cost; --full prints it all', async () => {
    // Keys of real clouds in the environment must not matter: the demo is on the simulator.
    const keys = { VOLT_API_KEY: 'volt_never_used', NEBULA_API_KEY: 'ak_never_used' };
    const [{ code, stdout, stderr }, whole] = await Promise.all([
      runProgram(['demo'], keys),
      runHere(['demo', '--full'], {}, await binary()),
    ]);
    expect(code, stdout + stderr).toBe(0);
    const story = flat(stdout);
    for (const [at, { says, tool }] of DEMO_STEPS.entries())
      expect(story).toContain(`${at + 1}. ${says} agent ${tool}`);
    const gated = DEMO_STEPS.filter(({ tool }) => /^(?:create|submit|cancel|stop|start|delete)_/.test(tool));
    const asked = [...story.matchAll(/"([^"]+)"[^">]*> (\S+)/g)];
    // If a thing changed between plan and yes, the same question comes twice.
    expect(new Set(asked.map(([, challenge]) => challenge)).size).toBe(gated.length);
    for (const [, challenge, typed] of asked) expect(typed).toBe(challenge);
    expect(story).toMatch(/\$2\.39\/h[^>]*"2\.39"[^">]*> 2\.39/);
    expect(story).toMatch(/ssh root@/);
    const [burning, , debited, refunded] = dollarsIn(story.split('agent get_spend')[1]);
    expect({ burning, debited, refunded }).toEqual({ burning: 0, debited: 55.5, refunded: 55.5 });
    expect(story).toMatch(/demo-training \$\d+\.\d\d\D*demo-nebula \D*\$\d+\.\d\d\b/);
    expect(stdout.split('\n').length).toBeLessThan(MAX_LINES);
    expect(tooWide(stdout)).toEqual([]);
    expect(hasEscapes(stdout)).toBe(false);
    expect(stdout).not.toMatch(/never_used/);
    expect(stderr).toBe('');

    expect(whole.code, whole.stdout).toBe(0);
    const all = flat(whole.stdout);
    expect(all).toContain('agent create_pod {"name": "demo-training"');
    expect(all.length).toBeGreaterThan(2 * story.length);
    expect(all).toMatch(/types demo-training/);
    expect(all).toMatch(/image: pytorch\//);
    expect(tooWide(whole.stdout)).toEqual([]);
  });

  it('ends with 130 after Ctrl-C and leaves nothing behind', async () => {
    const place = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-demo-test-'));
    onTestFinished(() => rm(place, { recursive: true }));
    const child = await startProgram(['demo'], { TMPDIR: place });
    while (!child.stdout().includes('2. ')) await once(child.process.stdout, 'data');
    expect(readdirSync(place)).not.toEqual([]);
    child.process.kill('SIGINT');
    const { code, stderr } = await child.ended;
    expect({ code, stderr, left: readdirSync(place) }).toEqual({ code: 130, stderr: '', left: [] });
  });
});

it('demo calls again when something moved, and only there', () => {
  const pending = { status: 'confirmation_required', plan: {} };
  expect(hasMoved({ ...pending, changes: ['state: "provisioning" → "running"'] })).toBe(true);
  for (const other of [pending, { ...pending, changes: [] }, { status: 'done', message: '' }, undefined])
    expect(hasMoved(other)).toBe(false);
});

const QUESTION = [
  'Delete pod "a" (Volt id pod_1, running) for good.',
  '- It has cost $0.08 so far.',
  'Cost: $1.00/h (0.50 x 2; as of now).',
  '! Permanent.',
  'Type "a" to confirm.',
].join('\n');

describe('the point', () => {
  it('of a question is what, how much and what to type', () => {
    expect(questionGist(QUESTION)).toBe('Delete pod "a" for good. Cost: $1.00/h. Type "a" to confirm.');
    expect(questionGist('Stop it.\nType "stop" to confirm.')).toBe('Stop it. Type "stop" to confirm.');
  });

  it('of an answer is the table, the sentences that are shown, or the first sentence', () => {
    const rows = '[sandbox: x]\nref | gpu | price | more\na | b | 1 | x\n1 machine.';
    expect(answerGist(rows, undefined)).toBe('ref | gpu | price\na | b | 1');
    const words = '[sandbox: x]\nIt is done. It was "2.5 of it". More.\nssh: ssh a';
    expect(answerGist(words, undefined)).toBe('It is done.');
    expect(answerGist(words, /^ssh|2\.5/)).toBe('It was "2.5 of it".\nssh: ssh a');
  });

  it('of a call are its arguments; in full it is what call takes', () => {
    const args = { name: 'x y', ssh_keys: ['a', 'b'], gpu_count: 1 };
    expect(callGist('create_pod', args)).toBe('create_pod name=x y ssh_keys=a,b gpu_count=1');
    expect(callWords('create_pod', args)).toBe(
      'create_pod {"name": "x y", "ssh_keys": ["a","b"], "gpu_count": 1}',
    );
    expect(callWords('get_spend', {})).toBe('get_spend {}');
  });

  it('of an exchange ends with what was typed, on a line of its own when there is no room', () => {
    const shown = (columns: number) => exchange(QUESTION, 'a', screenOf({ columns })).split('\n');
    expect(shown(80).at(-1)).toBe(
      '    asked  Delete pod "a" for good. Cost: $1.00/h. Type "a" to confirm. > a',
    );
    expect(shown(71).at(-1)).toBe('             > a');
  });
});
