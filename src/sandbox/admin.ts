import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { driftSchema } from './drift.ts';
import type { Env } from './edge.ts';
import { Refusal, refusalOf } from './endpoint.ts';
import { FAULT_KINDS, faultRuleSchema } from './faults.ts';
import type { World } from './world.ts';

const cloud = z.enum(['volt', 'nebula']);
const id = z.string().min(1);
const amount = z.number().min(0);

/** Declares one POST: its body and its effect. It replies like the matching GET. */
function post<S extends z.ZodType>(schema: S, run: (world: World, body: z.output<S>) => unknown) {
  return (world: World, body: unknown) => {
    const result = schema.safeParse(body);
    if (!result.success) throw refusalOf(result.error, 'field');
    return run(world, result.data);
  };
}

const clockOf = (world: World) => ({ now: world.clock.iso(), speed: world.clock.speed() });
const faultsOf = (world: World) => ({ faults: world.faults.list() });
const moneyOf = (world: World) => ({
  balance: { volt: world.ledger.balance('volt'), nebula: world.ledger.balance('nebula') },
  entries: world.ledger.entries,
});
const overview = (world: World) => ({
  ...ADMIN_HELP,
  clock: clockOf(world),
  balance: moneyOf(world).balance,
  pods: world.pods.list(),
  jobs: world.jobs.list(),
  prices_walking: world.prices.walking(),
  faults: world.faults.list(),
  drift: world.drift,
});

const oneTarget = 'machine_id for volt or product_id for nebula is required';
const target = (body: {
  cloud: 'volt' | 'nebula';
  machine_id?: string | undefined;
  product_id?: string | undefined;
}) => (body.cloud === 'volt' ? body.machine_id : body.product_id) ?? '';

const priceBody = z
  .strictObject({ cloud, machine_id: id.optional(), product_id: id.optional(), usd: amount })
  .refine((body) => target(body) !== '', oneTarget);

const stockBody = z
  .strictObject({
    cloud,
    machine_id: id.optional(),
    product_id: id.optional(),
    available_gpus: z.int().min(0).optional(),
    stock: z.int().min(0).optional(),
    is_available: z.boolean().optional(),
  })
  .refine((body) => target(body) !== '', oneTarget);

function setStock(world: World, body: z.output<typeof stockBody>): unknown {
  const name = target(body);
  const free = body.cloud === 'volt' ? body.available_gpus : body.stock;
  if (free !== undefined) world.stock.set(body.cloud, name, free);
  if (body.is_available !== undefined) world.stock.setAvailable(name, body.is_available);
  return { cloud: body.cloud, id: name, free: world.stock.get(body.cloud, name) };
}

const stateBody = z.strictObject({ cloud, kind: z.enum(['pod', 'job']), id, state: z.string().min(1) });

function setState(world: World, body: z.output<typeof stateBody>): unknown {
  if (body.kind === 'pod') {
    world.setPodState(body.cloud, body.id, body.state);
    return world.pods.get(body.cloud, body.id);
  }
  if (body.cloud !== 'volt') throw new RangeError('only volt has jobs');
  world.setJobStatus(body.id, body.state);
  return world.jobs.get(body.id);
}

const podBody = z.strictObject({
  cloud,
  name: id.optional(),
  state: id.optional(),
  machine_id: id.optional(),
  product_id: id.optional(),
  gpu_count: z.int().min(1).optional(),
});

function addPod(world: World, { cloud, ...fields }: z.output<typeof podBody>): unknown {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return world.pods.get(cloud, world.addPod(cloud, given));
}

/** One endpoint: its line in the overview, and its effect. */
interface Route {
  says: string;
  run: (world: World, body: unknown) => unknown;
}

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /sandbox': { says: 'this overview', run: overview },
  'GET /sandbox/clock': { says: 'sandbox time and speed', run: clockOf },
  'POST /sandbox/clock': {
    says: '{advance_seconds?, speed?}: jump ahead; sandbox seconds per real second (0 freezes)',
    run: post(
      z.strictObject({ advance_seconds: amount.optional(), speed: amount.optional() }),
      (world, body) => {
        if (body.advance_seconds !== undefined) world.clock.advance(body.advance_seconds);
        if (body.speed !== undefined) world.clock.setSpeed(body.speed);
        return clockOf(world);
      },
    ),
  },
  'GET /sandbox/ledger': { says: 'balances and every debit, refund and accrual', run: moneyOf },
  'POST /sandbox/balance': {
    says: '{cloud, usd}: make the present balance this much',
    run: post(z.strictObject({ cloud, usd: z.number() }), (world, body) => {
      world.ledger.setBalance(body.cloud, body.usd);
      return moneyOf(world).balance;
    }),
  },
  'GET /sandbox/requests': {
    says: 'the requests that the clouds saw, paths below each base URL',
    run: ({ requests }) => ({ requests }),
  },
  'DELETE /sandbox/requests': {
    says: 'clears them',
    run({ requests }) {
      requests.clear();
      return { requests };
    },
  },
  'GET /sandbox/faults': { says: 'fault rules in force', run: faultsOf },
  'DELETE /sandbox/faults': {
    says: 'clears them',
    run(world) {
      world.faults.clear();
      return faultsOf(world);
    },
  },
  'POST /sandbox/faults': {
    says: '{kind, cloud?, method?, path? (* = any characters), times? = 1, skip? = 0, status?, retry_after?, delay_ms?, seconds?, appear_after_seconds?}',
    run: post(faultRuleSchema, (world, rule) => ({ id: world.faults.add(rule), ...faultsOf(world) })),
  },
  'POST /sandbox/price': {
    says: '{cloud, machine_id | product_id, usd}: USD per GPU and hour (volt), per instance and hour (nebula)',
    run: post(priceBody, (world, body) => {
      world.prices.set(body.cloud, target(body), body.usd);
      return { cloud: body.cloud, id: target(body), usd: body.usd };
    }),
  },
  'POST /sandbox/walk': {
    says: '{on}: seeded random walk of all prices',
    run: post(z.strictObject({ on: z.boolean() }), (world, { on }) => {
      world.prices.walk(on);
      return { on };
    }),
  },
  'POST /sandbox/stock': {
    says: '{cloud: "volt", machine_id, available_gpus} or {cloud: "nebula", product_id, stock?, is_available?}',
    run: post(stockBody, setStock),
  },
  'POST /sandbox/state': {
    says: '{cloud, kind: "pod" | "job", id, state}: force a raw state',
    run: post(stateBody, setState),
  },
  'POST /sandbox/pod': {
    says: '{cloud, name?, state?, machine_id?, product_id?, gpu_count?}: a pod that someone else made',
    run: post(podBody, addPod),
  },
  'GET /sandbox/drift': {
    says: 'reply shapes seen elsewhere, all off by default',
    run: ({ drift }) => drift,
  },
  'POST /sandbox/drift': {
    says: 'switches to change',
    run: post(driftSchema.partial(), (world, switches) => Object.assign(world.drift, switches)),
  },
  'POST /sandbox/canary': {
    says: '{text}: plant a secret wherever a cloud could put one; null removes it',
    run: post(z.strictObject({ text: z.string().min(1).nullable() }), (world, { text }) => {
      world.canary = text;
      return { text };
    }),
  },
  'GET /sandbox/webhooks': {
    says: 'webhook calls made and withheld (only loopback hosts are called)',
    run: ({ webhooks }) => ({ webhooks }),
  },
  'POST /sandbox/reset': {
    says: 'back to a fresh account',
    run(world) {
      world.reset();
      return clockOf(world);
    },
  },
};

/** The reply of GET /sandbox, without what changes. */
export const ADMIN_HELP = {
  about:
    'A simulator of two GPU clouds: Volt under /volt, Nebula under /nebula and /inference. No account, no money. States follow the sandbox clock and are computed when looked at.',
  endpoints: Object.fromEntries(Object.entries(ROUTES).map(([route, { says }]) => [route, says])),
  fault_kinds: FAULT_KINDS,
};

/** Mounts the endpoints under `/sandbox` with which a person or a test controls the world. They need no credentials. */
export function mountAdmin(app: Hono<Env>, world: World): void {
  for (const [route, { run }] of Object.entries(ROUTES)) {
    const [method = '', path = ''] = route.split(' ');
    app.on(method, path, (c) =>
      answer(async () => run(world, method === 'POST' ? await jsonBody(c, path) : null)),
    );
  }
  app.all('*', (c) =>
    c.json({ error: `No such endpoint: ${c.req.method} ${c.req.path}. See GET /sandbox.` }, 404),
  );
}

/** A JSON content type is required so that no web page can post here without a preflight. */
async function jsonBody(c: Context<Env>, path: string): Promise<unknown> {
  const text = await c.req.text();
  if (c.req.header('content-type')?.split(';')[0]?.trim() !== 'application/json') {
    if (text === '' && path === '/sandbox/reset') return {};
    throw new Refusal(400, 'VALIDATION_ERROR', 'Content-Type must be application/json.');
  }
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new Refusal(400, 'VALIDATION_ERROR', 'The request body is not valid JSON.');
  }
}

async function answer(run: () => Promise<unknown>): Promise<Response> {
  try {
    return Response.json(await run());
  } catch (error) {
    if (error instanceof Refusal || error instanceof RangeError)
      return Response.json({ error: error.message }, { status: 400 });
    throw error;
  }
}
