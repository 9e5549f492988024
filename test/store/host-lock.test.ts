import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFileStore } from '../../src/store/files.ts';
import { createHostExclusive, type LockKind } from '../../src/store/host-lock.ts';
import { processIdentity } from '../../src/store/identity.ts';
import { admitted, newOrder } from './contract/bed.ts';
import { hostProgram, modeOf, stateDirectory } from './directory.ts';
import type { Command } from './host-process.ts';

let program = '';
const children: ChildProcess[] = [];
beforeAll(async () => {
  program = await hostProgram(await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-host-')));
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(dirname(program), { recursive: true, force: true });
});

/** A process of its own, which answers each command with a line. */
function start() {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (command: Command): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(command)}\n`);
    return JSON.parse((await lines.next()).value);
  };
  return { child, ask };
}

async function kill({ child }: { child: ChildProcess }): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

const KINDS: LockKind[] = process.platform === 'linux' ? ['socket', 'folder'] : ['folder'];
const ROUNDS = 20;

describe('the lock of a host', () => {
  it.each(KINDS)(
    'lets no cap be passed by processes that order in the same millisecond (%s)',
    async (lock) => {
      const folder = await stateDirectory();
      const processes = [start(), start()];
      const orders = [newOrder(), newOrder()];
      for (let round = 0; round < ROUNDS; round += 1) {
        // A fresh folder each time: the lock itself, too, is made by both at once.
        const command = { act: 'admit', folder: join(folder, String(round)), lock, orders, pods: 3 } as const;
        const at = Date.now() + 20;
        const kinds = await Promise.all(processes.map(({ ask }) => ask({ ...command, at })));
        expect(kinds.flat().toSorted()).toEqual(['admitted', 'admitted', 'admitted', 'full']);
      }
      await Promise.all(processes.map(kill));
    },
  );

  it.each(KINDS)(
    'is free at once when its holder is killed, and refuses in words while it is held for long (%s)',
    async (lock) => {
      const folder = await stateDirectory();
      const holder = start();
      expect(await holder.ask({ act: 'hold', folder, lock })).toBe('holds');
      let began = 0;
      const identity = processIdentity([]);
      const impatient = createHostExclusive({ folder, identity, kind: lock, maxWaitMs: 100 });
      const step = async () => {
        began += 1;
      };
      await expect(impatient('orders', step)).rejects.toMatchObject({ code: 'upstream_unavailable' });
      expect(began).toBe(0);
      await impatient('another key', step);
      await kill(holder);
      await impatient('orders', step);
      expect(began).toBe(2);
      await admitted(createFileStore({ accounts: { volt: folder }, shared: folder, lock }));
    },
  );
});

describe.runIf(process.platform === 'linux')('the word in the name of a socket', () => {
  it('is one for all, random, private, and shown to nobody', async () => {
    const identity = processIdentity([]);
    const words = new Set<string>();
    for (const folder of [await stateDirectory(), await stateDirectory()]) {
      const shown = await createHostExclusive({ folder, identity })('orders', () =>
        readFile('/proc/net/unix', 'utf8'),
      );
      const word = await readFile(join(folder, 'lock-word'), 'utf8');
      await createHostExclusive({ folder, identity })('orders', async () => {});
      expect(await readFile(join(folder, 'lock-word'), 'utf8')).toBe(word);
      expect(await modeOf(join(folder, 'lock-word'))).toBe('600');
      // The full length of an abstract name, so that every Node.js means the same one.
      expect(shown).toMatch(/ @gpu-cloud-mcp-[0-9a-f]{64}-{29}$/m);
      expect(shown).not.toContain(word);
      words.add(word);
    }
    expect(words.size).toBe(2);
  });
});
