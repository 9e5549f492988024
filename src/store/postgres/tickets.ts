import { TICKET_MS } from '../../core/policy.ts';
import { MAX_TICKETS, type TicketState, type Tickets } from '../port.ts';
import { ticketSchema } from '../records.ts';
import { type Deps, MS, momentAt } from './deps.ts';

interface TicketRow {
  key: string;
  principal: string;
  state: TicketState['state'];
  made: number;
  asked: number | null;
  settled: number | null;
  mistyped: number;
  order_id: string | null;
  bound: unknown;
  outcome: unknown;
  is_expired: boolean;
  is_orphaned: boolean;
  asked_ms: number;
}

/** What a ticket is bound to never changes, so it is one value. */
const boundSchema = ticketSchema.pick({ way: true, tool: true, call: true, session: true, agreed: true });
const outcomeSchema = ticketSchema.shape.outcome;

/** $1 = the scope, $2 = the key in all statements. */
const ONE = 'scope = $1 and key = $2';
const IS_OVER = `made + ${TICKET_MS} * ${MS} <= gpu_mcp.clock()`;
/** What was taken is remembered ten minutes after its end; without an end, as long as its order is kept. */
const IS_FORGOTTEN = `coalesce(settled, made) + (case state
  when 'live' then ${2 * TICKET_MS} when 'spent' then ${TICKET_MS} else ${6 * TICKET_MS} end) * ${MS} <= gpu_mcp.clock()`;

/** Keeps a ticket, and drops what is forgotten and the principal's oldest live one of too many. $3 principal, $4 bound. */
const CREATE = `
with forgotten as (
  delete from gpu_mcp.tickets where scope = $1 and ${IS_FORGOTTEN}
    and (state <> 'taken' or owner is null or gpu_mcp.is_gone(owner))),
too_many as (
  delete from gpu_mcp.tickets where scope = $1 and state = 'live' and seq in (
    select seq from gpu_mcp.tickets where scope = $1 and principal = $3 and state = 'live' and not ${IS_OVER}
    order by seq desc offset ${MAX_TICKETS - 1}))
insert into gpu_mcp.tickets (scope, key, principal, made, bound)
values ($1, $2, $3, gpu_mcp.clock(), $4) returning gpu_mcp.ms(made) as made`;

const iso = (ms: number): string => new Date(ms).toISOString();

function ticketIn({ bound, order_id, outcome, made, asked, settled, ...row }: TicketRow): TicketState {
  return {
    ...row,
    ...boundSchema.parse(bound),
    made: momentAt(made),
    asked: asked === null ? null : momentAt(asked),
    settled: settled === null ? null : momentAt(settled),
    done_at: row.state === 'spent' && settled !== null ? iso(settled) : null,
    order: order_id,
    outcome: outcomeSchema.parse(outcome),
  };
}

/** Tickets as rows. One conditional statement uses a ticket, so that only one process can. */
export function createTickets({ database, presence, scope }: Deps): Tickets {
  const change = async (key: string, what: string, ...values: unknown[]): Promise<boolean> => {
    const sql = `update gpu_mcp.tickets set ${what} returning key`;
    return (await database.write(sql, [scope, key, ...values])).length > 0;
  };
  return {
    async create({ key, principal, ...bound }) {
      return database.transaction(async (query) => {
        await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `tickets ${scope} ${principal}`,
        ]);
        const [row] = await query<{ made: number }>(CREATE, [
          scope,
          key,
          principal,
          JSON.stringify(boundSchema.parse(bound)),
        ]);
        if (row === undefined) throw new Error('the ticket was not stored');
        return iso(row.made + TICKET_MS);
      });
    },
    async find(key) {
      const [row] = await database.read<TicketRow>(
        `select key, principal, state, gpu_mcp.ms(made) as made, gpu_mcp.ms(asked) as asked,
           gpu_mcp.ms(settled) as settled, mistyped,
           gpu_mcp.ms(gpu_mcp.clock()) - gpu_mcp.ms(coalesce(asked, made)) as asked_ms,
           order_id, bound, outcome, state = 'live' and ${IS_OVER} as is_expired,
           state = 'taken' and (owner is null or (owner <> $3 and gpu_mcp.is_gone(owner))) as is_orphaned
         from gpu_mcp.tickets where ${ONE} and not ${IS_FORGOTTEN}`,
        [scope, key, presence.id],
      );
      return row === undefined ? null : ticketIn(row);
    },
    async askAgain(key, isMistyped) {
      const what = `mistyped = mistyped + $3, asked = gpu_mcp.clock() where ${ONE} and state = 'live'`;
      await change(key, what, isMistyped ? 1 : 0);
    },
    take: (key) =>
      change(
        key,
        `state = 'taken', owner = $3, settled = gpu_mcp.clock() where ${ONE} and state = 'live' and not ${IS_OVER}`,
        presence.id,
      ),
    async ordered(key, order) {
      await presence.nowOrLater(() => change(key, `order_id = $3 where ${ONE}`, order));
    },
    async complete(key, outcome) {
      await presence.nowOrLater(() =>
        change(
          key,
          `state = 'spent', owner = null, settled = gpu_mcp.clock(), outcome = $3 where ${ONE}`,
          JSON.stringify(outcome),
        ),
      );
    },
    async drop(key) {
      await database.write(`delete from gpu_mcp.tickets where ${ONE} and state = 'live'`, [scope, key]);
    },
  };
}
