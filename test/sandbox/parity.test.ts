import { describe, expect, it } from 'vitest';
import { nebula } from '../../src/sandbox/nebula/index.ts';
import { inference } from '../../src/sandbox/nebula/inference.ts';
import { volt } from '../../src/sandbox/volt/index.ts';
import { start } from './start.ts';

const routes = (endpoints: readonly { method: string; path: string }[]) =>
  endpoints.map(({ method, path }) => `${method} ${path}`).toSorted();

describe('the sandbox covers the documents', () => {
  it('serves the 27 methods and paths of Volt', () => {
    expect(routes(volt.endpoints)).toEqual([
      'DELETE /api-keys',
      'DELETE /docker-credentials/:id',
      'DELETE /fine-tuning/:id',
      'DELETE /pods/:id',
      'DELETE /ssh-keys/:id',
      'DELETE /templates/:id',
      'GET /api-keys',
      'GET /docker-credentials',
      'GET /docker-credentials/:id',
      'GET /fine-tuning',
      'GET /fine-tuning/:id',
      'GET /machines',
      'GET /pods',
      'GET /pods/:id',
      'GET /ssh-keys',
      'GET /templates',
      'GET /templates/:id',
      'POST /api-keys',
      'POST /docker-credentials',
      'POST /fine-tuning',
      'POST /pods',
      'POST /pods/:id/start',
      'POST /pods/:id/stop',
      'POST /ssh-keys',
      'POST /templates',
      'PUT /pods/:id',
      'PUT /templates/:id',
    ]);
  });

  it('serves the 26 of Nebula, two of them on the inference base, and two switchable key lists', () => {
    const alternatives = ['GET /api-keys', 'GET /keys'];
    const platform = routes(nebula.endpoints).filter((route) => !alternatives.includes(route));
    expect(routes(inference.endpoints)).toEqual(['POST /chat/completions', 'POST /embeddings']);
    expect(platform).toEqual([
      'DELETE /api-keys/:id',
      'DELETE /computing/instance/:id',
      'DELETE /ssh-keys/:id',
      'GET /api_keys',
      'GET /computing/deleted-instances',
      'GET /computing/images',
      'GET /computing/instance/:id',
      'GET /computing/instance/:id/reboot',
      'GET /computing/instance/:id/start',
      'GET /computing/instance/:id/stop',
      'GET /computing/instances',
      'GET /computing/products',
      'GET /serverless/models',
      'GET /ssh-keys',
      'GET /users/credits',
      'GET /users/credits/history',
      'GET /users/invoice-download/:invoice_id',
      'GET /users/invoices',
      'POST /api-keys',
      'POST /computing/instance',
      'POST /images/generation',
      'POST /login',
      'POST /ssh-keys',
      'PUT /ssh-keys/:id',
    ]);
  });

  it('wants credentials everywhere but at the login', async () => {
    const { sandbox } = await start();
    const open: string[] = [];
    const bases = {
      volt: sandbox.volt.baseUrl,
      nebula: sandbox.nebula.baseUrl,
      inference: sandbox.nebula.inferenceUrl,
    };
    for (const { api, endpoints } of [volt, nebula, inference])
      for (const { method, path } of endpoints) {
        const reply = await fetch(bases[api] + path.replace(/:\w+/, 'x'), { method });
        if (reply.status !== 401) open.push(`${method} ${path}`);
        await reply.arrayBuffer();
      }
    expect(open).toEqual(['POST /login']);
  });
});
