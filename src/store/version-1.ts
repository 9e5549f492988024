import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { CloudId } from '../core/cloud-id.ts';
import { storedPlanSchema } from '../core/plan.ts';
import { type Identity, takeOver } from './owner.ts';
import type { Order } from './records.ts';

// The first version kept its orders in `journal-<process>-<word>.jsonl`: a line before each spend, another with its end.
// Its leases are read as they are.

const FILE = /^journal-(\d+-\w+)(?:-[\w-]+)?\.jsonl$/;
/** The first version counted a journal that was left alone for so long as nobody's, milliseconds. */
const MAX_AGE_MS = 60 * 60 * 1000;

const intentSchema = z.object({
  id: z.string(),
  at: z.iso.datetime({ offset: true }),
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  planned: storedPlanSchema,
});
type Intent = z.infer<typeof intentSchema>;
const endSchema = z.object({ id: z.string(), outcome: z.string() });

/** The journals of the first version in the folder of one account. */
export interface OldJournals {
  /** True while a process of the first version lives that has ordered something. */
  areInUse(): Promise<boolean>;
  /** Hands each order that a dead process left open to `keep`, and forgets the journal when all are kept. */
  import(keep: (order: Order) => Promise<void>): Promise<Order[]>;
  /** Journals that cannot be read whole, in words. They are left as they are. */
  problems(): string[];
}

/** What a journal says is open; `null` if a line cannot be read. The last one may be torn: it was never begun. */
function openIntents(text: string): Intent[] | null {
  const open = new Map<string, Intent>();
  const lines = text.split('\n').filter((line) => line !== '');
  for (const [at, line] of lines.entries()) {
    const isLast = at === lines.length - 1;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch {
      if (isLast) continue;
      return null;
    }
    const end = endSchema.safeParse(record).data;
    if (end !== undefined) {
      open.delete(end.id);
      continue;
    }
    const intent = intentSchema.safeParse(record).data;
    if (intent === undefined) return null;
    open.set(intent.id, intent);
  }
  return [...open.values()];
}

function toOrder({ id, at, tool, input, planned }: Intent, cloud: CloudId): Order {
  const { plan, before, facts, data, adds } = planned;
  return {
    id,
    at,
    made: { boot: '', mono: 0, wall: Date.parse(at) },
    tool,
    cloud,
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

/** The journals of the first version in `folder`, which belongs to an account of `cloud`. */
export function oldJournals(folder: string, cloud: CloudId, identity: Identity): OldJournals {
  const broken = new Set<string>();
  const names = async () => {
    const all = await readdir(folder).catch(() => []);
    return all.flatMap((name) => {
      const owner = FILE.exec(name)?.[1];
      return owner === undefined ? [] : [{ path: join(folder, name), owner }];
    });
  };
  const isDead = ({ path, owner }: { path: string; owner: string }) =>
    identity.isOrphan(path, owner, MAX_AGE_MS);
  return {
    async areInUse() {
      for (const found of await names()) {
        if (found.owner !== identity.owner && !(await isDead(found))) return true;
      }
      return false;
    },
    async import(keep) {
      const orders: Order[] = [];
      for (const found of await names()) {
        if (broken.has(found.path) || !(await isDead(found))) continue;
        const intents = openIntents(await readFile(found.path, 'utf8').catch(() => ''));
        if (intents === null) {
          broken.add(found.path);
          continue;
        }
        // The process that renames it first imports it. Its name stays that of a journal, so that a process which dies here leaves it to the next.
        const mine = join(folder, `journal-${identity.owner}-${orders.length}-import.jsonl`);
        if (!(await takeOver(found.path, mine))) continue;
        for (const intent of intents) {
          const order = toOrder(intent, cloud);
          await keep(order);
          orders.push(order);
        }
        await rm(mine, { force: true });
      }
      return orders;
    },
    problems: () => [...broken].map((path) => `${path} is a journal of version 1 that cannot be read whole`),
  };
}
