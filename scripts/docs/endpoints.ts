import { CLOUDS } from '../../src/clouds/index.ts';
import type { LoggedRequest } from '../../src/sandbox/requests.ts';
import { type EndpointName, endpointOf } from '../../test/surface/endpoints.ts';

function grouped(endpoints: readonly EndpointName[]): string {
  return CLOUDS.flatMap(({ id, title }) => {
    const own = endpoints
      .map((endpoint) => endpoint.split(' '))
      .filter(([, cloud]) => cloud === id)
      .map(([method, , path]) => `\`${method} ${path}\``);
    return own.length === 0 ? [] : [`${title} ${own.join(', ')}`];
  }).join('; ');
}

/** What a tool calls: the endpoints of its examples, and what the shown ones also read (for a plan, the caps, a check). */
export function endpointLines(
  endpoints: readonly EndpointName[],
  requests: readonly LoggedRequest[],
): string[] {
  const seen = new Set(requests.map(endpointOf).filter((name) => name !== null));
  const others = [...seen].filter((endpoint) => !endpoints.includes(endpoint)).toSorted();
  return [
    `- Endpoints: ${grouped(endpoints)}.`,
    ...(others.length === 0 ? [] : [`- Also reads, for plan, caps and result: ${grouped(others)}.`]),
  ];
}
