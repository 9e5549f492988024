import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { Webhook } from '../core/live.ts';
import { type CloudId, isSafeId } from '../core/ref.ts';
import type { Runtime } from '../engine/runtime.ts';
import type { HttpEnv } from './exchange.ts';
import { parseJson, readBody } from './messages.ts';

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

interface Enrolled {
  runtime: Watching;
  digest: Buffer;
  window: { until: number; count: number };
}

/** The receivers of one HTTP server, with one secret for each runtime. */
interface Webhooks {
  app: Hono<HttpEnv>;
  /** Gives a runtime its secret and a webhook for each cloud with jobs that can reach it. Returns a function that removes it. */
  enrol(runtime: Watching, secret?: string): Promise<() => void>;
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

function announce(runtime: Watching, publicUrl: string | null, secret: string): void {
  if (publicUrl === null) return;
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
function overload({ runtime, window }: Enrolled): number {
  const now = runtime.monotonic();
  if (now >= window.until) Object.assign(window, { until: now + 60_000, count: 0 });
  window.count += 1;
  return window.count <= MAX_PER_MINUTE ? 0 : Math.max(1, Math.ceil((window.until - now) / 1000));
}

/**
 * Receives the end of jobs at `POST /webhooks/<cloud>/<secret>`. A body is only a hint that something happened: it is
 * answered at once, then the poller reads the job again, and all watchers and waiters are notified of that reading. Without
 * a public URL jobs do not get the address, but a hint with the right secret still counts.
 */
export function createWebhooks(publicUrl: string | null): Webhooks {
  const enrolled = new Set<Enrolled>();
  const app = new Hono<HttpEnv>();

  const find = (secret: string): Enrolled | null => {
    const digest = digestOf(secret);
    let found: Enrolled | null = null;
    for (const entry of enrolled) if (timingSafeEqual(entry.digest, digest)) found = entry;
    return found;
  };
  const nothing = (c: Context<HttpEnv>) => c.json({ error: 'There is nothing here.' }, 404);

  app.post(
    `${WEBHOOK_PATH}/:cloud/:secret`,
    async (c, next) => {
      const entry = find(c.req.param('secret') ?? '');
      if (entry === null) return nothing(c);
      const wait = overload(entry);
      if (wait === 0) return next();
      return c.json({ error: 'Too many hints in a minute.' }, 429, { 'retry-after': String(wait) });
    },
    async (c) => {
      const { cloud, secret } = c.req.param();
      const entry = find(secret);
      if (entry === null || !withJobs(entry.runtime).some(({ id }) => id === cloud)) return nothing(c);
      const bytes = await readBody(c.env.incoming, { max: MAX_BYTES }, BODY_MS);
      if (bytes === 'too_large') {
        return c.json({ error: `The body is larger than ${MAX_BYTES} bytes.` }, 413, { connection: 'close' });
      }
      if (bytes === 'late') return c.json({ error: 'The body did not arrive in time.' }, 408);
      const hint = Buffer.isBuffer(bytes) ? hintSchema.safeParse(parseJson(bytes)).data : undefined;
      if (hint === undefined) return c.json({ error: 'The body must be a JSON object with a jobId.' }, 400);
      setImmediate(() => {
        entry.runtime.poller.refresh({ cloud: cloud, kind: 'job', id: hint.jobId, why: 'hint' });
      });
      return c.json({ accepted: true }, 202);
    },
  );

  return {
    app,
    async enrol(runtime, given) {
      const secret = given ?? (await secretOf(runtime));
      const entry = {
        runtime,
        digest: digestOf(secret),
        window: { until: Number.NEGATIVE_INFINITY, count: 0 },
      };
      runtime.redactAlso(secret);
      announce(runtime, publicUrl, secret);
      enrolled.add(entry);
      return () => {
        enrolled.delete(entry);
        runtime.webhooks = new Map();
      };
    },
  };
}
