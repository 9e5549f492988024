import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { startServer } from '../../testbed/server-process.ts';
import { type Attack, inRounds } from './attack.ts';

const ORDER = {
  machine: 'volt:machine:mach_rtx4090_01',
  template: 'volt:template:tpl_pytorch21',
  ssh_keys: ['volt:ssh_key:key_abc123'],
};
const CAP = 0.5;

/** Two servers on one state directory order at once, and a third right after a restart: one order fits under the cap. */
export const twoServers: Attack = {
  name: 'two processes order at once, and one after a restart',
  async run(binary, dice, bounds) {
    const wrong: string[] = [];
    const tried = await inRounds(bounds, async (round) => {
      const sandbox = await serveSandbox({ speed: 0, seed: dice.between(1, 1e6) });
      const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-two-'));
      const start = () => startServer(binary, sandbox, stateDir, { GPU_MCP_MAX_USD_PER_HOUR: String(CAP) });
      try {
        sandbox.world.faults.add({ cloud: 'volt', path: '/pods', kind: 'late_listing', seconds: 600 });
        const both = await Promise.all([start(), start()]);
        await Promise.all(both.map((one, n) => one.call('create_pod', { ...ORDER, name: `pod-${n}` })));
        await Promise.all(both.map((one) => (dice.chance(0.5) ? one.kill() : one.close())));
        const third = await start();
        await third.call('create_pod', { ...ORDER, name: 'pod-2' });
        await third.close();
        const burn = sandbox.world.volt.pods.reduce((sum, pod) => sum + pod.cost_per_hour, 0);
        if (burn > CAP || burn === 0)
          wrong.push(`round ${round}: the fleet burns $${burn}/h under a cap of $${CAP}/h`);
      } finally {
        await sandbox.close();
        await rm(stateDir, { recursive: true, force: true });
      }
    });
    return { tried, wrong };
  },
};
