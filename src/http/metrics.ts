import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { BudgetState } from '../core/budget.ts';
import type { LogEvent } from '../core/live.ts';

/** Figures that are read when metrics are asked for. */
interface Gauges {
  sessions: number;
  accounts: number;
  /** The state of the store, and the number of records that wait for it. */
  store: { up: boolean; waiting: number };
  /** Null if a caller could see the figures of another. */
  money: { usdPerHour: number | null; budgets: { cloud: string; state: BudgetState }[] } | null;
}

/** Counts by reading the log events, so that no other code knows of metrics. */
export interface Metrics {
  observe(event: LogEvent): void;
  contentType: string;
  text(gauges: Gauges): Promise<string>;
}

const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const METHODS = new Set(['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']);

const word = (value: unknown, fallback: string): string => (typeof value === 'string' ? value : fallback);
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const classOf = (status: unknown): string =>
  typeof status === 'number' ? `${Math.floor(status / 100)}xx` : 'none';

/** A registry of its own. `tools`: the names that may become labels; any other name counts as `unknown`. */
export function createMetrics(tools: ReadonlySet<string>): Metrics {
  const register = new Registry();
  const registers = [register];
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `gpu_mcp_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram({ name: `gpu_mcp_${name}`, help, labelNames, registers, buckets: SECONDS });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name: `gpu_mcp_${name}`, help, labelNames, registers });

  const http = counter('http_requests_total', 'HTTP requests', ['method', 'route', 'status']);
  const calls = counter('tool_calls_total', 'Tool calls by outcome (ok or error code)', ['tool', 'outcome']);
  const callSeconds = histogram('tool_call_seconds', 'Duration of tool calls', ['tool']);
  const upstream = counter('upstream_requests_total', 'Requests sent to the clouds', [
    'cloud',
    'method',
    'route',
    'status',
  ]);
  const upstreamSeconds = histogram('upstream_seconds', 'Duration of calls to the clouds', ['cloud']);
  const gate = counter('gate_outcomes_total', 'Gated calls by outcome', ['tool', 'outcome']);
  const sessions = gauge('sessions', 'Open sessions', []);
  const accounts = gauge('accounts', 'Pairs of API keys in use', []);
  const storeUp = gauge('store_up', '1 while the store of the state answers', []);
  const storeWaiting = gauge('store_waiting_records', 'Records that wait until the store is back', []);
  const burn = gauge('burn_usd_per_hour', 'What all pods burned at the last readiness check', []);
  const budget = gauge('upstream_budget_remaining', 'Requests left in the hour of a key', ['cloud']);
  const memory = gauge('resident_memory_bytes', 'Memory of the process', []);

  const toolOf = (name: unknown): string => (typeof name === 'string' && tools.has(name) ? name : 'unknown');

  const watch: Record<string, (event: LogEvent) => void> = {
    'http request': ({ method, route, status }) => {
      const known = METHODS.has(word(method, '')) ? word(method, '') : 'other';
      http.inc({ method: known, route: word(route, 'other'), status: String(status ?? 'none') });
    },
    'tool call': ({ tool, ok, code, ms }) => {
      const labels = { tool: toolOf(tool) };
      calls.inc({ ...labels, outcome: ok === true ? 'ok' : word(code, 'unknown') });
      callSeconds.observe(labels, number(ms) / 1000);
    },
    'cloud call': ({ cloud, method, route, status, attempts, ms }) => {
      const labels = {
        cloud: word(cloud, 'unknown'),
        method: word(method, 'other'),
        route: word(route, 'other'),
      };
      if (number(attempts) === 0) return;
      upstream.inc({ ...labels, status: classOf(status) }, number(attempts));
      upstreamSeconds.observe({ cloud: labels.cloud }, number(ms) / 1000);
    },
    gate: ({ tool, outcome }) => gate.inc({ tool: toolOf(tool), outcome: word(outcome, 'unknown') }),
  };

  return {
    observe: (event) => watch[event.msg]?.(event),
    contentType: register.contentType,
    async text(now) {
      sessions.set(now.sessions);
      accounts.set(now.accounts);
      storeUp.set(now.store.up ? 1 : 0);
      storeWaiting.set(now.store.waiting);
      memory.set(process.memoryUsage.rss());
      burn.remove();
      budget.reset();
      if (now.money !== null) {
        if (now.money.usdPerHour !== null) burn.set(now.money.usdPerHour);
        for (const { cloud, state } of now.money.budgets) budget.set({ cloud }, state.remaining);
      }
      return register.metrics();
    },
  };
}
