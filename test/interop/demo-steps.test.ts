import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DEMO_STEPS, type DemoRefs, hasMoved, MAX_CALLS } from '../../src/cli/commands/demo-script.ts';
import { challengeOf } from '../../testbed/challenge.ts';
import { binary } from '../binary.ts';
import { aiSdk } from './adapters/ai-sdk.ts';
import { nextSdk } from './adapters/next-sdk.ts';
import { type Connect, person } from './journey.ts';

/** Every step of the demo, each checked as the demo checks it; what was asked. */
async function runDemo(connect: Connect, program: string): Promise<string[]> {
  const home = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-interop-'));
  onTestFinished(() => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 }));
  const flags = [
    '--sandbox',
    '--sandbox-speed',
    '60',
    '--results',
    'both',
    '--state-dir',
    home,
    '--log-level',
    'error',
  ];
  const { asked, answer } = person();
  const client = await connect(
    { transport: 'stdio', command: process.execPath, args: [program, 'serve', ...flags], home },
    answer,
  );
  onTestFinished(() => client.close());
  const refs: DemoRefs = {};
  for (const { tool, args, expects, keeps } of DEMO_STEPS) {
    const given = args(refs);
    let result = await client.call(tool, given);
    for (let calls = 1; calls < MAX_CALLS && hasMoved(result.structuredContent); calls += 1) {
      result = await client.call(tool, given);
    }
    const { isError, structuredContent, content } = result;
    expect(isError ?? false, `${tool}: ${JSON.stringify(content)}`).toBe(false);
    const found = expects.safeParse(structuredContent);
    expect(found.error, tool).toBeUndefined();
    if (keeps !== undefined) refs[keeps] = found.data ?? '';
  }
  return asked;
}

it('the steps of the demo, which itself is a client of the first SDK, run in two more, of two authors', {
  timeout: 60_000,
}, async () => {
  const program = await binary();
  const questions = await Promise.all([nextSdk('auto'), aiSdk].map((connect) => runDemo(connect, program)));
  for (const asked of questions) {
    // If a thing changed between plan and yes, the same question comes twice.
    const typed = new Set(asked.map(challengeOf));
    expect([...typed]).toEqual([
      '2.39',
      '92.50',
      'demo-finetune',
      'stop',
      'demo-training',
      '0.42',
      'demo-nebula',
    ]);
  }
});
