import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnv } from '../config.ts';
import { connectStdio } from '../server/client.ts';
import { DEMO_STEPS, type DemoState } from './demo-script.ts';

/** Sandbox seconds in one real second: a pod that takes 20 s to deploy is up in half a second. */
const SPEED = '40';

const indent = (text: string, mark: string): string =>
  text
    .split('\n')
    .map((line) => `${mark}${line}`)
    .join('\n');

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/**
 * `gpu-cloud-mcp demo`: a scripted agent drives this very binary over stdio against the simulator and prints what
 * agent, server and person say. Exit code 1 as soon as one step is not as expected.
 */
export async function demo(): Promise<void> {
  const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-demo-'));
  const binary = process.argv[1] ?? '';
  const client = await connectStdio(
    {
      command: process.execPath,
      args: [
        binary,
        'serve',
        '--sandbox',
        '--sandbox-speed',
        SPEED,
        '--state-dir',
        stateDir,
        '--log-level',
        'error',
      ],
      env: childEnv({}),
    },
    (message) => {
      const challenge = /Type "(.+)" to confirm\.$/s.exec(message)?.[1] ?? '';
      print(indent(message, '  person is asked │ '));
      print(`  person types    │ ${challenge}`);
      return challenge;
    },
  );
  const state: DemoState = { asked: 0, refs: {} };
  try {
    print('A scripted agent on the built-in simulator of both clouds. No account, no real money.\n');
    for (const [number, step] of DEMO_STEPS.entries()) {
      const args = step.args(state);
      print(`${number + 1}. ${step.says}`);
      print(`  agent calls     │ ${step.tool} ${JSON.stringify(args)}`);
      const result = await client.call(step.tool, args, (message) => print(`  progress        │ ${message}`));
      for (const part of result.content)
        if (part.type === 'text') print(indent(part.text, '  agent sees      │ '));
      const fault =
        result.isError === true ? 'the call failed' : step.check(result.structuredContent ?? {}, state);
      if (fault !== null) {
        print(`\nThe demo failed at step ${number + 1} (${step.tool}): ${fault}.`);
        process.exitCode = 1;
        return;
      }
      print('');
    }
    print(
      'Done: every step as expected. Everything that spent or destroyed was agreed to by the person first.',
    );
  } finally {
    await client.close();
    await rm(stateDir, { recursive: true, force: true });
  }
}
