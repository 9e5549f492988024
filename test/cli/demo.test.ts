import { expect, it } from 'vitest';
import { DEMO_STEPS } from '../../src/cli/demo-script.ts';
import { runProgram } from '../child.ts';

const DEMO_MS = 30_000;

it('demo does the whole job and shows what the person was asked and typed', { timeout: 60_000 }, async () => {
  const started = performance.now();
  // Keys of real clouds in the environment must not matter: the demo is on the simulator.
  const { code, stdout, stderr } = await runProgram(['demo'], {
    VOLT_API_KEY: 'volt_never_used',
    NEBULA_API_KEY: 'ak_never_used',
  });
  expect(code, stdout + stderr).toBe(0);
  expect(performance.now() - started).toBeLessThan(DEMO_MS);
  for (const [number, { says, tool }] of DEMO_STEPS.entries()) {
    expect(stdout).toContain(`${number + 1}. ${says}`);
    expect(stdout).toContain(`agent calls     │ ${tool} {`);
  }
  const gated = DEMO_STEPS.filter(({ tool }) => /^(?:create|submit|cancel|stop|start|delete)_/.test(tool));
  expect(stdout.match(/Type ".+" to confirm\./g)).toHaveLength(gated.length);
  expect(stdout.match(/person types {4}│ \S/g)).toHaveLength(gated.length);
  expect(stdout).toMatch(/person is asked │ .*\$?\d+\.\d\d/);
  expect(stdout).toMatch(/ssh root@/);
  expect(stdout).toMatch(/refunded/);
  expect(stdout).toMatch(/Done: every step as expected/);
  expect(stdout).not.toMatch(/never_used/);
  expect(stderr).toBe('');
});
