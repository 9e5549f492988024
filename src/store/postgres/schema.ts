/** One step of the schema. It only adds, so that servers of the previous version still work during a deploy. */
interface Migration {
  name: string;
  sql: string;
}

/**
 * Times are the database's: `clock()` is what records live by, `now()` what tracks living processes.
 * Records that one program writes and reads are `json`, which keeps every text that JSON can say.
 */
const FIRST = `
create function gpu_mcp.clock() returns timestamptz language sql volatile as 'select clock_timestamp()';

create function gpu_mcp.ms(at timestamptz) returns double precision language sql immutable
  as 'select (extract(epoch from at) * 1000)::double precision';

create table gpu_mcp.processes (
  id text primary key,
  until timestamptz not null
);

-- A process whose time ran out while the database itself was away has a minute to come back.
create function gpu_mcp.is_gone(process text) returns boolean language sql stable as $$
  select process is not null and not exists (
    select from gpu_mcp.processes
    where id = process and (
      until > now()
      or (until > pg_postmaster_start_time() - interval '1 minute'
        and now() < pg_postmaster_start_time() + interval '1 minute'
        and until < pg_postmaster_start_time() + interval '30 seconds')))
$$;

create table gpu_mcp.accounts (id text primary key);

create table gpu_mcp.orders (
  id uuid primary key,
  account text not null references gpu_mcp.accounts,
  tool text not null,
  cloud text,
  name text,
  state text not null check (state in ('open', 'unresolved', 'closed')),
  -- The process that is sending it or looks for it; null = nobody.
  owner text,
  made timestamptz not null,
  settled timestamptz,
  -- What the order made. A thing is the result of at most one order.
  made_ref text,
  record json not null,
  check (state <> 'closed' or (owner is null and settled is not null))
);
create unique index orders_made_once on gpu_mcp.orders (account, made_ref) where made_ref is not null;
create unique index orders_one_of_a_name on gpu_mcp.orders (account, tool, coalesce(cloud, ''), name)
  where state = 'open' and name is not null;

create table gpu_mcp.leases (
  account text not null,
  ref text not null,
  name text not null,
  kind text not null check (kind in ('stop', 'reminder')),
  ends_at text not null,
  due timestamptz not null,
  made timestamptz not null,
  tries integer not null default 0,
  pause_since timestamptz,
  pause_ms double precision,
  owner text,
  primary key (account, ref)
);

create table gpu_mcp.tickets (
  seq bigint generated always as identity,
  scope text not null,
  key text not null,
  principal text not null,
  state text not null default 'live' check (state in ('live', 'taken', 'spent')),
  made timestamptz not null,
  settled timestamptz,
  mistyped integer not null default 0,
  order_id text,
  owner text,
  bound json not null,
  outcome json,
  primary key (scope, key)
);
create index tickets_of_a_principal on gpu_mcp.tickets (scope, principal, seq);

create table gpu_mcp.allowances (
  scope text not null,
  key text not null,
  made timestamptz not null,
  for_ms double precision not null,
  usd double precision not null check (usd >= 0),
  calls integer not null check (calls >= 0),
  primary key (scope, key)
);

create table gpu_mcp.budget (
  scope text not null,
  key text not null,
  began timestamptz not null,
  used integer not null,
  granted integer not null,
  paused_until timestamptz,
  primary key (scope, key)
);

create table gpu_mcp.kept (
  kind text not null,
  scope text not null,
  key text not null,
  owner text not null,
  used timestamptz not null,
  for_ms double precision not null,
  bytes bigint not null,
  value json not null,
  primary key (kind, scope, key)
);
create index kept_of_an_owner on gpu_mcp.kept (kind, scope, owner);

create table gpu_mcp.audit (
  id bigint generated always as identity primary key,
  scope text not null,
  order_id uuid unique,
  written timestamptz not null,
  line json not null
);
create function gpu_mcp.refuse() returns trigger language plpgsql
  as $$ begin raise exception 'audit lines are never changed'; end $$;
create trigger audit_stays before update on gpu_mcp.audit for each row execute function gpu_mcp.refuse();

create table gpu_mcp.outbox (
  id bigint generated always as identity primary key,
  topic text not null,
  message text not null,
  sent timestamptz not null default clock_timestamp()
);
create index outbox_by_time on gpu_mcp.outbox (sent);

create table gpu_mcp.leaders (
  key text primary key,
  process text not null,
  until timestamptz not null
);
`;

/** The key that made a lease; null = recorded before this was kept. Orders have it in their record. */
const KEYS = 'alter table gpu_mcp.leases add column key text;';

/** What one process read of a cloud, for the others: `key` names the list or the thing. */
const LOOKS = `create table gpu_mcp.looks (
  scope text not null,
  key text not null,
  began timestamptz not null,
  value json not null,
  primary key (scope, key)
);`;

/** Which consent an allowance came from, and when a token last granted one. */
const GRANTS = `alter table gpu_mcp.allowances
  add column grant_id text,
  add column granted_by text check (granted_by in ('person', 'reported', 'token')),
  add column token_at timestamptz;`;

/** What a person should know, and which readers have been shown it. */
const NOTICES = `create table gpu_mcp.notices (
  seq bigint generated always as identity,
  account text not null,
  key text not null,
  text text not null,
  made timestamptz not null,
  primary key (account, key)
);
create table gpu_mcp.notices_told (
  account text not null,
  key text not null,
  reader text not null,
  primary key (account, key, reader),
  foreign key (account, key) references gpu_mcp.notices on delete cascade
);`;

/** What was debited, refunded and used. `what`: the thing; null for metered uses. `usd`: null = the price is not known. */
const SPENT = `create table gpu_mcp.spent (
  id uuid primary key,
  account text not null,
  at timestamptz not null,
  cloud text not null,
  kind text not null check (kind in ('debit', 'refund', 'metered')),
  what text,
  usd double precision
);
create index spent_of_an_account on gpu_mcp.spent (account, at);`;

/** When the question of a ticket was last asked again; null = never. */
const ASKED = 'alter table gpu_mcp.tickets add column asked timestamptz;';

/** Every step, in order; the first one makes version 1. */
export const MIGRATIONS: readonly Migration[] = [
  { name: 'first', sql: FIRST },
  { name: 'keys of leases', sql: KEYS },
  { name: 'shared looks', sql: LOOKS },
  { name: 'grants of allowances', sql: GRANTS },
  // One step, so that a server that knows only the steps before it goes on.
  { name: 'notices and spent amounts', sql: `${NOTICES}\n${SPENT}` },
  { name: 'questions asked again', sql: ASKED },
];
