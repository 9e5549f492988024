import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as z from 'zod';
import type { CloudId } from '../core/model.ts';
import { storedPlanSchema } from '../core/plan.ts';
import { codeOf, takeOver } from './disk.ts';
import type { Identity } from './identity.ts';
import type { Order } from './records.ts';

// The first version of the state directory kept its orders in `journal-<process>-<word>.jsonl`: a line before each spend,
// another with its outcome. Its leases have the present form.

const FILE = /^journal-([0-9a-f]{8}-[0-9a-f]{16}|\d+-\w+)(?:-[\w-]+)?\.jsonl$/;
/** The lines of a journal that could not be read, kept for a person. */
const UNREADABLE = /^unreadable-journal-[\w-]+\.jsonl$/;

const intentSchema = z.object({
  id: z.string(),
  at: z.iso.datetime({ offset: true }),
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  planned: storedPlanSchema,
});
type Intent = z.infer<typeof intentSchema>;
const endSchema = z.object({ id: z.string(), outcome: z.string() });

/** Why nothing may be spent while a process that uses the first version of the state directory runs. */
const OLD_PROCESS =
  'A server of an older version uses the same state directory and key, and neither sees the orders of the other. Restart the client that runs it.';

/** The journals of the first version of the state directory, in the folders of an account. */
interface OldJournals {
  /** Why nothing may be spent, while a process runs that uses them and has ordered something; null otherwise. */
  whyBlocked(): Promise<string | null>;
  /** Passes each order that a dead process left open to `keep`, and removes the journal once all are kept. */
  import(keep: (order: Order) => Promise<void>): Promise<Order[]>;
  /** One sentence for each journal that cannot be imported or has unreadable lines. Those lines are kept. */
  problems(): Promise<string[]>;
}

/** The open orders of a journal, and its unreadable lines. The last line may be torn: its order was never sent. */
function openIntents(text: string): { open: Intent[]; unreadable: string[] } {
  const open = new Map<string, Intent>();
  const unreadable: string[] = [];
  const lines = text.split('\n').filter((line) => line !== '');
  for (const [at, line] of lines.entries()) {
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      if (at < lines.length - 1) unreadable.push(line);
      continue;
    }
    const end = endSchema.safeParse(record).data;
    const intent = intentSchema.safeParse(record).data;
    if (end !== undefined) open.delete(end.id);
    else if (intent !== undefined) open.set(intent.id, intent);
    else unreadable.push(line);
  }
  return { open: [...open.values()], unreadable };
}

function toOrder({ id, at, tool, input, planned }: Intent, cloud: CloudId): Order {
  const { plan, before, facts, data, adds } = planned;
  return {
    id,
    at,
    made: { boot: '', mono: 0, wall: Date.parse(at) },
    tool,
    cloud,
    key: null,
    principal: 'local',
    name: typeof input.name === 'string' ? input.name : null,
    target: plan.ref,
    ticket: null,
    input,
    planned: { plan, cloud, before: [...before], facts, data, adds },
    adds: { usd_per_hour: adds.usd_per_hour ?? 0, pods: adds.pods },
    state: 'open',
    settled: null,
    outcome: null,
    took_effect: false,
    ref: null,
    ended: null,
    line: null,
  };
}

/** The journals of the first version in `folders`, each of which belongs to an account of a cloud. */
export function oldJournals(folders: readonly [CloudId, string][], identity: Identity): OldJournals {
  /** Journals of dead processes that cannot be taken over, and why. */
  const stuck = new Map<string, string>();
  const all = async () => {
    const lists = folders.map(async ([cloud, folder]) =>
      (await readdir(folder).catch((): string[] => [])).map((name) => ({ cloud, folder, name })),
    );
    return (await Promise.all(lists)).flat();
  };
  const journals = async () =>
    (await all()).flatMap(({ cloud, folder, name }) => {
      const owner = FILE.exec(name)?.[1];
      return owner === undefined ? [] : [{ cloud, folder, path: join(folder, name), owner }];
    });
  const isDead = ({ path, owner }: { path: string; owner: string }) => identity.isOrphan(path, owner);
  return {
    async whyBlocked() {
      for (const found of await journals()) {
        if (found.owner !== identity.owner && !(await isDead(found))) return OLD_PROCESS;
      }
      return null;
    },
    async import(keep) {
      const orders: Order[] = [];
      for (const found of await journals()) {
        if (!(await isDead(found))) continue;
        const { cloud, folder } = found;
        // The process that renames it first imports it. It is still called a journal, so that after a crash here the next process imports it.
        const mine = join(folder, `journal-${identity.owner}-${randomUUID().slice(0, 8)}-import.jsonl`);
        const isTaken = await takeOver(found.path, mine).catch((error: unknown) => {
          stuck.set(found.path, codeOf(error));
          return false;
        });
        if (!isTaken) continue;
        stuck.delete(found.path);
        const { open, unreadable } = openIntents(await readFile(mine, 'utf8'));
        for (const intent of open) {
          const order = toOrder(intent, cloud);
          await keep(order);
          orders.push(order);
        }
        if (unreadable.length > 0) {
          const kept = join(folder, `unreadable-${basename(found.path)}`);
          await writeFile(kept, `${unreadable.join('\n')}\n`, { mode: 0o600 });
        }
        await rm(mine, { force: true });
      }
      return orders;
    },
    problems: async () => [
      ...[...stuck].map(
        ([path, code]) => `${path} cannot be taken over (${code}), so its orders are not reconciled`,
      ),
      ...(await all())
        .filter(({ name }) => UNREADABLE.test(name))
        .map(
          ({ folder, name }) =>
            `${join(folder, name)} holds unreadable lines of a journal of the first version of the state directory: orders in them are not reconciled; check the lines, then remove the file`,
        ),
    ],
  };
}
