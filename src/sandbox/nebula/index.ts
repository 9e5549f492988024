import { type ApiDeclaration, planted, type Refusal } from '../endpoint.ts';
import type { World } from '../world.ts';
import { accountEndpoints, authenticateNebula } from './account.ts';
import { billingEndpoints } from './billing.ts';
import { catalogueEndpoints, instanceEndpoints } from './instances.ts';
import { serverlessEndpoints } from './serverless.ts';

function envelope(refusal: Refusal, world: World) {
  const message = planted(world, refusal.message);
  if (world.drift.nebula_fastapi_errors && refusal.status === 400) {
    const problems = refusal.issues.length > 0 ? refusal.issues : [{ field: '', message }];
    const detail = problems.map(({ field, message: msg }) => ({
      loc: ['body', field],
      msg,
      type: 'value_error',
    }));
    return { status: 422, body: { detail } };
  }
  return { status: refusal.status, body: { data: {}, message, status: 'failed' } };
}

/** Nebula's platform API, serverless models and image generation included. */
export const nebula: ApiDeclaration = {
  api: 'nebula',
  endpoints: [
    ...catalogueEndpoints,
    ...instanceEndpoints,
    ...accountEndpoints,
    ...billingEndpoints,
    ...serverlessEndpoints,
  ],
  authenticate: authenticateNebula,
  envelope,
};
