import type { Sent } from '../../examples/example.ts';
import { exampleOf } from '../../testbed/examples.ts';

/** One documented endpoint: `METHOD cloud path`. */
export type EndpointName = `${'GET' | 'POST' | 'PUT' | 'DELETE'} ${'volt' | 'nebula'} /${string}`;

/** The 27 pairs of method and path in the Volt API Reference. `POST /pods` has two documented bodies. */
export const VOLT_ENDPOINTS: readonly EndpointName[] = [
  'GET volt /pods',
  'POST volt /pods',
  'GET volt /pods/:id',
  'POST volt /pods/:id/start',
  'POST volt /pods/:id/stop',
  'PUT volt /pods/:id',
  'DELETE volt /pods/:id',
  'GET volt /machines',
  'GET volt /ssh-keys',
  'POST volt /ssh-keys',
  'DELETE volt /ssh-keys/:id',
  'GET volt /templates',
  'POST volt /templates',
  'GET volt /templates/:id',
  'PUT volt /templates/:id',
  'DELETE volt /templates/:id',
  'GET volt /fine-tuning',
  'POST volt /fine-tuning',
  'GET volt /fine-tuning/:id',
  'DELETE volt /fine-tuning/:id',
  'GET volt /docker-credentials',
  'POST volt /docker-credentials',
  'GET volt /docker-credentials/:id',
  'DELETE volt /docker-credentials/:id',
  'GET volt /api-keys',
  'POST volt /api-keys',
  'DELETE volt /api-keys',
];

/** The 26 of the Nebula Block API Reference; the last four are those of its Inference API. */
export const NEBULA_ENDPOINTS: readonly EndpointName[] = [
  'POST nebula /login',
  'GET nebula /computing/products',
  'GET nebula /computing/images',
  'POST nebula /computing/instance',
  'GET nebula /computing/instances',
  'GET nebula /computing/deleted-instances',
  'GET nebula /computing/instance/:id',
  'DELETE nebula /computing/instance/:id',
  'GET nebula /computing/instance/:id/start',
  'GET nebula /computing/instance/:id/stop',
  'GET nebula /computing/instance/:id/reboot',
  'POST nebula /ssh-keys',
  'GET nebula /ssh-keys',
  'PUT nebula /ssh-keys/:id',
  'DELETE nebula /ssh-keys/:id',
  'POST nebula /api-keys',
  'GET nebula /api_keys',
  'DELETE nebula /api-keys/:id',
  'GET nebula /users/credits',
  'GET nebula /users/credits/history',
  'GET nebula /users/invoices',
  'GET nebula /users/invoice-download/:id',
  'GET nebula /serverless/models',
  'POST nebula /images/generation',
  'POST nebula /chat/completions',
  'POST nebula /embeddings',
];

/** The documented endpoints of all clouds. */
export const DOCUMENTED: readonly EndpointName[] = [...VOLT_ENDPOINTS, ...NEBULA_ENDPOINTS];

/** Endpoints that no tool reaches, and why. */
export const NOT_REACHED: Readonly<Partial<Record<EndpointName, string>>> = {
  'POST nebula /login':
    'takes the password of a person and returns a token that ends after two hours; this server works with API keys only',
};

/** Endpoints that are in no document: reads under another spelling, tried if the documented one does not exist. */
export const ALTERNATIVES: readonly EndpointName[] = ['GET nebula /api-keys', 'GET nebula /keys'];

const pattern = (path: string): RegExp => new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`);

/** The name of the documented endpoint that a request on the wire belongs to, or null. */
export function endpointOf(request: { cloud: string; method: string; path: string }): EndpointName | null {
  // Nebula's Inference API is an API of its own in the sandbox.
  const cloud = request.cloud === 'inference' ? 'nebula' : request.cloud;
  const known = DOCUMENTED.find((name) => {
    const [method = '', ofCloud = '', path = ''] = name.split(' ');
    return method === request.method && ofCloud === cloud && pattern(path).test(request.path);
  });
  return known ?? null;
}

/** The request of an example: `METHOD cloud /path`, without its query and its body. */
export function requestOf(sent: Sent): { method: string; cloud: string; path: string } {
  const [method = '', cloud = '', path = ''] = (typeof sent === 'string' ? sent : sent[0]).split(' ');
  return { method, cloud, path: path.split('?')[0] ?? '' };
}

/**
 * The endpoints that a tool sends requests to, by its examples: all that one that reads calls, and the writes of the
 * others. @throws Error if an example names an endpoint that is not documented
 */
export function endpointsOf(tool: string): EndpointName[] {
  const names = exampleOf(tool).cases.flatMap(({ title, sends }) =>
    sends.map((sent) => {
      const name = endpointOf(requestOf(sent));
      if (name === null) throw new Error(`examples/${tool}.ts, ${title}: no document has ${sent}.`);
      return name;
    }),
  );
  return [...new Set(names)];
}
