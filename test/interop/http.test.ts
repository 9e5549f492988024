import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sdk } from './adapters/sdk.ts';
import type { AnyClient, Target } from './journey.ts';
import { CONNECT, play, playedOver } from './play.ts';
import { type HttpProgram, startHttpProgram } from './program.ts';

const TOKEN = 'a-token-of-the-interoperability-tests';

let home = '';
let guarded: HttpProgram;
let open: HttpProgram;
let witnesses: Record<'guarded' | 'open', AnyClient>;
const undo: (() => Promise<unknown>)[] = [];

async function startServer(name: string, token: string | null): Promise<HttpProgram> {
  const program = await startHttpProgram(join(home, name), token);
  undo.push(program.stop);
  return program;
}

async function startWitness(target: Target): Promise<AnyClient> {
  const client = await sdk(target, null);
  undo.push(client.close);
  return client;
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'gpu-cloud-mcp-interop-'));
  undo.push(() => rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 }));
  guarded = await startServer('guarded', TOKEN);
  open = await startServer('open', null);
  witnesses = { guarded: await startWitness(toGuarded(TOKEN)), open: await startWitness(toOpen()) };
}, 60_000);
afterAll(async () => {
  for (const one of undo.toReversed()) await one();
});

const toGuarded = (token: string | null): Target => ({ transport: 'http', url: guarded.url, token, home });
const toOpen = (): Target => ({ transport: 'http', url: open.url, token: null, home });

play(
  'http',
  async ({ noToken }) => (noToken === undefined ? toGuarded(TOKEN) : toOpen()),
  (_client, { noToken }) => (noToken === undefined ? witnesses.guarded : witnesses.open),
);

describe.each(playedOver('http').filter(({ noToken }) => noToken !== undefined))(
  '$name, which sends no token',
  ({ id }) => {
    it('does not come in when one is asked for', async () => {
      await expect(CONNECT[id](toGuarded(null), null)).rejects.toThrow(/401|[Bb]earer/);
    });
  },
);
