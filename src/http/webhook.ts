import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Hono } from 'hono';
import * as z from 'zod';
import type { Webhook } from '../core/live.ts';
import { type CloudId, isSafeId } from '../core/ref.ts';
import type { Runtime } from '../engine/runtime.ts';
import type { HttpEnv } from './exchange.ts';
import { json, parseJson, readBody } from './messages.ts';

/** Where clouds report the end of fine-tuning jobs, below the public URL: `/webhooks/<cloud>/<secret>`. */
const WEBHOOK_PATH = '/webhooks';

const MAX_BYTES = 16 * 1024;
/** Max hints of one runtime a minute; a job sends one in its life (Volt API Reference, Fine-Tuning > Webhook Details). */
const MAX_PER_MINUTE = 60;
/** Max time for a body; Volt allows ten seconds for the whole answer (same place). */
const BODY_MS = 1_000;
const SECRET_BYTES = 32;
/** How long a secret is kept after the last start: a year. */
const SECRET_MS = 365 * 24 * 3600 * 1000;

/** The one field that is used; the rest of a body is ignored, because no signature proves it. */
const hintSchema = z.looseObject({ jobId: z.string().refine(isSafeId) });

type Watching = Pick<Runtime, 'gate' | 'poller' | 'clouds' | 'redactAlso' | 'webhooks' | 'log' | 'monotonic'>;

interface Registered {
  runtime: Watching;
  digest: Buffer;
  window: { until: number; count: number };
}

/** The receivers of one HTTP server, with one secret for each runtime. */
interface Webhooks {
  app: Hono<HttpEnv>;
  /** Gives a runtime its secret and a webhook for each cloud with jobs that can reach it. Returns a function that removes it. */
  register(runtime: Watching): Promise<() => void>;
}

/** The secret of an account, the same for all processes that share its store and after a restart, so that URLs of running jobs stay valid. */
async function secretOf({ gate: { store } }: Watching): Promise<string> {
  const drawn = randomBytes(SECRET_BYTES).toString('base64url');
  const KEY = 'webhook secret';
  try {
    return await store.exclusive(KEY, async () => {
      const kept = await store.sessions.get(KEY, KEY);
      if (typeof kept === 'string') {
        await store.sessions.touch(KEY);
        return kept;
      }
      await store.sessions.put(KEY, KEY, drawn, SECRET_MS);
      return drawn;
    });
  } catch {
    // While the store is unreachable, the secret is only valid in this process.
    return drawn;
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The clouds of a runtime that have jobs. */
const withJobs = ({ clouds }: Watching) =>
  clouds.all().flatMap(({ id, jobs }) => (jobs === undefined ? [] : [{ id, jobs }]));

function announce(runtime: Watching, publicUrl: string, secret: string): void {
  const warn = (why: string) =>
    runtime.log({ level: 'warn', msg: `jobs cannot report to GPU_MCP_PUBLIC_URL: ${why}` });
  const able = withJobs(runtime);
  if (able.length === 0) warn('no fine-tuning jobs are configured');
  const webhooks = new Map<CloudId, Webhook>();
  for (const { id, jobs } of able) {
    const base = `${publicUrl.replace(/\/+$/, '')}${WEBHOOK_PATH}/${id}`;
    const why = jobs.webhookProblem(`${base}/${secret}`);
    if (why === null) webhooks.set(id, { url: `${base}/${secret}`, shown: `${base}/***` });
    else warn(why);
  }
  runtime.webhooks = webhooks;
}

/** Seconds until this runtime accepts hints again; 0 = now. */
function overload({ runtime, window }: Registered): number {
  const now = runtime.monotonic();
  if (now >= window.until) Object.assign(window, { until: now + 60_000, count: 0 });
  window.count += 1;
  return window.count <= MAX_PER_MINUTE ? 0 : Math.max(1, Math.ceil((window.until - now) / 1000));
}

/**
 * Receives the end of jobs at `POST /webhooks/<cloud>/<secret>`. A body is only a hint that something happened: it is
 * answered at once, then the poller reads the job again, and all watchers and waiters are notified of that reading.
 */
export function createWebhooks(publicUrl: string): Webhooks {
  const registered = new Set<Registered>();
  const app = new Hono<HttpEnv>();

  const find = (secret: string): Registered | null => {
    const digest = digestOf(secret);
    let found: Registered | null = null;
    for (const entry of registered) if (timingSafeEqual(entry.digest, digest)) found = entry;
    return found;
  };

  app.post(`${WEBHOOK_PATH}/:cloud/:secret`, async (c) => {
    const { cloud, secret } = c.req.param();
    const entry = find(secret);
    if (entry === null) return json(404, { error: 'There is nothing here.' });
    const wait = overload(entry);
    if (wait > 0) return json(429, { error: 'Too many hints in a minute.' }, { 'retry-after': String(wait) });
    if (!withJobs(entry.runtime).some(({ id }) => id === cloud)) {
      return json(404, { error: 'There is nothing here.' });
    }
    const bytes = await readBody(c.env.incoming, { max: MAX_BYTES }, BODY_MS);
    if (bytes === 'too_large') {
      return json(413, { error: `The body is larger than ${MAX_BYTES} bytes.` }, { connection: 'close' });
    }
    if (bytes === 'late') return json(408, { error: 'The body did not arrive in time.' });
    const hint = Buffer.isBuffer(bytes) ? hintSchema.safeParse(parseJson(bytes)).data : undefined;
    if (hint === undefined) return json(400, { error: 'The body must be a JSON object with a jobId.' });
    setImmediate(() => entry.runtime.poller.refresh({ cloud, kind: 'job', id: hint.jobId, why: 'hint' }));
    return json(202, { accepted: true });
  });

  return {
    app,
    async register(runtime) {
      const secret = await secretOf(runtime);
      const entry = {
        runtime,
        digest: digestOf(secret),
        window: { until: Number.NEGATIVE_INFINITY, count: 0 },
      };
      runtime.redactAlso(secret);
      announce(runtime, publicUrl, secret);
      registered.add(entry);
      return () => {
        registered.delete(entry);
        runtime.webhooks = new Map();
      };
    },
  };
}
