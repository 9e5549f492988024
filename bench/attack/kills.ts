import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RECOVERY_SAYS, SAYS } from '../../src/gate/messages.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { startServer, until } from '../../testbed/server-process.ts';
import type { Dice } from '../soak/dice.ts';
import { type Attack, inRounds } from './attack.ts';

const ORDER = {
  machine: 'volt:machine:mach_rtx4090_01',
  name: 'trainer',
  template: 'volt:template:tpl_pytorch21',
  ssh_keys: ['volt:ssh_key:key_abc123'],
  max_lifetime_hours: 1,
};

/** What a question has that mentions an earlier order of the same name: the pod that it made, or the order itself. */
const OF_EARLIER = [
  'volt:pod:',
  ...Object.values(SAYS.unfinished).map((say) => say('@').split('@')[0] ?? ''),
];

/** The maximum delay of the cloud, and the time within which the kill falls, milliseconds. */
const SLOW_MS = 250;
const KILL_MS = 300;
const START_MS = 60_000;

interface SpendReply {
  spend: { notices?: string[] };
}

/** One order that a kill meets anywhere, and the next one of its name after a restart. */
async function round(binary: string, dice: Dice): Promise<string[]> {
  const sandbox = await serveSandbox({ speed: 0, seed: dice.between(1, 1e6) });
  const stateDir = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-kills-'));
  const { world } = sandbox;
  const sent = () =>
    world.requests.filter(({ method, path }) => method === 'POST' && path === '/pods').length;
  const wrong: string[] = [];
  try {
    world.faults.add({
      cloud: 'volt',
      method: 'POST',
      path: '/pods',
      kind: dice.chance(0.2) ? 'hang' : 'delay',
      delay_ms: dice.between(0, SLOW_MS),
    });
    const first = await startServer(binary, sandbox, stateDir);
    let reply: string | null = null;
    const ordered = first.call('create_pod', ORDER).then(
      ({ structuredContent }) => {
        reply = JSON.stringify(structuredContent);
      },
      () => {},
    );
    // Most kills fall between sending and the reply or right after it, the others anywhere.
    if (dice.chance(0.8)) await until(() => sent() > 0, START_MS, 'the order');
    await pause(dice.between(0, KILL_MS));
    await first.kill();
    await ordered;
    const before = sent();
    await pause(SLOW_MS);
    const made = world.volt.pods.length;
    world.faults.clear();
    const second = await startServer(binary, sandbox, stateDir);
    const { structuredContent } = await second.call('get_spend');
    const { notices = [] } = (structuredContent as unknown as SpendReply).spend;
    // A kill between the end of an order and its reply: the audit log has the end.
    const log = await readFile(join(stateDir, 'audit.jsonl'), 'utf8').catch(() => '');
    const isTold =
      notices.some((notice) => notice.includes('create_pod')) || log.includes('"outcome":"done"');
    if (before > 1) wrong.push(`one order was sent ${before} times`);
    if (made > before) wrong.push(`${before} orders made ${made} pods`);
    if (before === 1 && reply === null && !isTold)
      wrong.push(`an order that was cut off is not reported: ${JSON.stringify(notices)} ${log}`);
    if (made === 0 && notices.some((notice) => notice.includes(RECOVERY_SAYS.went_through)))
      wrong.push(`nothing was made, and this was reported: ${notices.join(' ')}`);
    await second.call('create_pod', ORDER);
    const question = second.asked.at(-1)?.replaceAll('\n', ' ') ?? '';
    if (before === 1 && reply === null && !OF_EARLIER.some((words) => question.includes(words)))
      wrong.push(`the next plan says nothing of the order before it: ${question}`);
    await second.close();
    if (sent() > before + 1) wrong.push(`two orders were sent ${sent()} times`);
  } finally {
    await sandbox.close();
    await rm(stateDir, { recursive: true, force: true });
  }
  return wrong;
}

/** `kill -9` at random points of an order, then a restart and the same order again. */
export const kills: Attack = {
  name: 'kill -9 at random points of an order, then the same order again',
  async run(binary, dice, bounds) {
    const wrong: string[] = [];
    const tried = await inRounds(bounds, async () => {
      wrong.push(...(await round(binary, dice)));
    });
    return { tried, wrong };
  },
};
