import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { StoreUnreachable } from '../../core/store-error.ts';
import { momentOf } from '../clock.ts';
import { isProven, judgeAdmission, madeRef, sumReserved, toOrder } from '../items/orders.ts';
import type { LocalLeases } from '../local-leases.ts';
import { CLOSED_MS, type Closing, MADE_MS, type NewOrder, type Orders } from '../port.ts';
import { type AuditLine, type Order, orderSchema } from '../records.ts';
import { writeLine } from './audit.ts';
import type { Query } from './database.ts';
import { type Accounts, type Deps, MS, timeIn } from './deps.ts';
import { insertLease, unstored } from './leases.ts';

/** The condition for records of a present key. `n`: the parameter with the keys. */
const ofKeys = (n: number): string =>
  `(record->>'key' is null or cardinality($${n}::text[]) = 0 or record->>'key' = any($${n}))`;

interface OrderRow {
  id: string;
  record: unknown;
}

/** Free, or held by a process that is gone. $1 = this process. */
const TAKEABLE = '(owner is null or (owner <> $1 and gpu_mcp.is_gone(owner)))';
/** Records to keep. While an order is unresolved, those whose results could be taken for its own are kept. */
const KEPT = `(state <> 'closed' or settled > gpu_mcp.clock() - case when made_ref is null then ${CLOSED_MS} else ${MADE_MS} end * ${MS}
  or exists (select from gpu_mcp.orders sought where sought.account = orders.account
    and sought.state <> 'closed' and (sought.made < orders.settled or sought.name = orders.name)))`;

/** Another process holds the order, or it is gone. */
export class NotHeld extends Error {}

/** The order in a row; none if this version cannot read it, which `problems` reports. */
const orderIn = ({ record }: OrderRow): Order[] => {
  const { data } = orderSchema.safeParse(record);
  return data === undefined ? [] : [data];
};

const write = (query: Query, order: Order, owner: string | null): Promise<object[]> =>
  query(
    `update gpu_mcp.orders set state = $2, owner = $3, made_ref = $4, record = $5,
       settled = to_timestamp($6::double precision / 1000) where id = $1`,
    [order.id, order.state, owner, madeRef(order), JSON.stringify(order), order.settled?.wall ?? null],
  );

const isMadeTwice = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.code === '23505' && error.constraint === 'orders_made_once';

/** Orders as rows. The rules for reservations are shared with the other adapters; each step is one transaction. */
export function createOrders(
  { database, presence, redact, redactLine, scope, onLine, clock }: Deps,
  accounts: Accounts,
  local: Pick<LocalLeases, 'add'>,
): Orders {
  const { ids, keys, keyOf } = accounts;
  const orders = async (query: Query, where: string, values: readonly unknown[]): Promise<Order[]> => {
    const sql = `select id, record from gpu_mcp.orders where account = any($1) and ${KEPT} and ${where}`;
    return (await query<OrderRow>(sql, [ids, ...values])).flatMap(orderIn);
  };
  const made = () => orders(database.read, 'made_ref is not null', []);
  const take = async (where: string, values: readonly unknown[]): Promise<Order[]> => {
    const sql = `update gpu_mcp.orders set owner = $1 where id in (
        select id from gpu_mcp.orders where account = any($2) and ${ofKeys(3)} and ${where} for update skip locked)
      returning id, record`;
    return (await database.write<OrderRow>(sql, [presence.id, ids, keys, ...values])).flatMap(orderIn);
  };
  const present = async (query: Query, id: string): Promise<Order | null> => {
    const [row] = await query<OrderRow>('select id, record from gpu_mcp.orders where id = $1 for update', [
      id,
    ]);
    return row === undefined ? null : orderSchema.parse(row.record);
  };
  const mine = async (query: Query, id: string): Promise<Order> => {
    const [row] = await query<OrderRow>(
      'select id, record from gpu_mcp.orders where id = $1 and owner = $2 for update',
      [id, presence.id],
    );
    if (row === undefined) throw new NotHeld(`order ${id} is not held by this process`);
    return orderSchema.parse(row.record);
  };
  const admitIn = async (
    query: Query,
    id: string,
    ...[given, reading, room]: Parameters<Orders['admit']>
  ) => {
    await query('insert into gpu_mcp.accounts (id) select unnest($1::text[]) on conflict do nothing', [ids]);
    await query('select id from gpu_mcp.accounts where id = any($1) order by id for update', [ids]);
    const now = await timeIn(query);
    const all = await orders(query, 'true', []);
    const refused = judgeAdmission(given, all, reading, room, now);
    if (refused !== null) return refused;
    sent.add(id);
    const order = redact(toOrder(given, id, now, keyOf));
    await query(
      `insert into gpu_mcp.orders (id, account, tool, cloud, name, state, owner, made, record)
       values ($1, $2, $3, $4, $5, 'open', $6, to_timestamp($7::double precision / 1000), $8)`,
      [
        id,
        accounts.of(given.cloud),
        order.tool,
        order.cloud,
        order.name,
        presence.id,
        order.made.wall,
        JSON.stringify(order),
      ],
    );
    await query(`delete from gpu_mcp.orders where account = any($1) and not ${KEPT}`, [ids]);
    return { kind: 'admitted' as const, id };
  };
  /** Removes an order whose admission may have been committed: nothing was sent for it. */
  const forget = (id: string) =>
    database.write(`delete from gpu_mcp.orders where id = $1 and owner = $2 and state = 'open'`, [
      id,
      presence.id,
    ]);
  /** The orders that this process sent: it may close them even if another process took them over meanwhile. */
  const sent = new Set<string>();
  const keepLease = insertLease(clock.wall, accounts);
  const closeIn = async (query: Query, id: string, { leases = [], ...closing }: Closing, line: AuditLine) => {
    const given = redactLine({ ...line, order: id });
    const before = sent.has(id) ? await present(query, id) : await mine(query, id);
    if (before !== null) {
      const settled = momentOf(await timeIn(query));
      await write(query, redact({ ...before, ...closing, state: 'closed', settled }), null);
    }
    for (const lease of leases) await keepLease(query, lease, lease.kind !== 'reminder');
    const written = await writeLine(query, scope, given);
    // The process that took the order over has written its line, which names no consent: this one is added without the order.
    if (written.length === 0) await writeLine(query, scope, redactLine(line));
  };
  const isClosed = async (id: string, { at, session }: AuditLine) => {
    const sql = `select order_id from gpu_mcp.audit where order_id = $1 and line->>'at' = $2 and line->>'session' = $3`;
    return (await database.read(sql, [id, at, session])).length > 0;
  };
  const admit = async (
    given: NewOrder,
    ...rest: [Parameters<Orders['admit']>[1], Parameters<Orders['admit']>[2]]
  ) => {
    const id = randomUUID();
    let hasBegun = false;
    try {
      return await database.transaction((query) => {
        hasBegun = true;
        return admitIn(query, id, given, ...rest);
      });
    } catch (error) {
      if (hasBegun && error instanceof StoreUnreachable) await presence.nowOrLater(() => forget(id));
      throw error;
    }
  };
  return {
    admit,
    async close(id, closing, line) {
      onLine({ ...line, order: id });
      const ended = await presence.nowOrLater(async (isLate) => {
        if (isLate && (await isClosed(id, line))) return true;
        const end = (how: Closing) => database.transaction((query) => closeIn(query, id, how, line));
        try {
          await end(closing);
        } catch (error) {
          if (isMadeTwice(error) && !isLate) return false;
          // The call has ended, so the order is closed without the thing; its lease belongs to the order that made it.
          if (isMadeTwice(error)) await end({ ...closing, ref: null, leases: [] });
          // Another process took the order over and reconciles it; only the audit line is written here.
          else if (isLate && error instanceof NotHeld)
            await writeLine(database.write, scope, redactLine({ ...line, order: id }));
          else throw error;
        }
        return true;
      });
      sent.delete(id);
      if (ended !== false) for (const lease of closing.leases ?? []) local.add(unstored(lease, clock));
      return ended ?? true;
    },
    async keepOpen(id) {
      await presence.nowOrLater(() =>
        database.transaction(async (query) => {
          const order = await mine(query, id);
          const settled = order.settled ?? momentOf(await timeIn(query));
          await write(query, { ...order, state: 'unresolved', settled }, null);
        }),
      );
      sent.delete(id);
    },
    unresolved: async () =>
      (
        await database.read<OrderRow>(
          `select id, record from gpu_mcp.orders where account = any($2) and ${ofKeys(3)} and state = 'unresolved' and ${TAKEABLE}`,
          [presence.id, ids, keys],
        )
      ).flatMap(orderIn),
    claim: async (id) =>
      (await take(`state = 'unresolved' and id::text = $4 and ${TAKEABLE}`, [id]))[0] ?? null,
    // A closed order owes no audit line: both are one commit.
    claimAbandoned: async () => ({
      open: await take(`owner <> $1 and gpu_mcp.is_gone(owner)`, []),
      closed: [],
    }),
    find: async (id) => (await orders(database.read, 'id::text = $2', [id]))[0] ?? null,
    ofTicket: (key) => orders(database.read, `record->>'ticket' = $2`, [key]),
    named: (tool, cloud, name) =>
      orders(database.read, 'tool = $2 and cloud is not distinct from $3 and name = $4', [tool, cloud, name]),
    createdRefs: async () => (await made()).flatMap((order) => madeRef(order) ?? []),
    ownRefs: async () => (await made()).filter(isProven).flatMap((order) => madeRef(order) ?? []),
    reserved: async (reading) =>
      sumReserved(await orders(database.read, 'true', []), reading, await timeIn(database.read)),
  };
}
