const matcher = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);

/** The declared pattern of a request, such as `GET volt /pods/:id`; a fixed path wins over one with a placeholder. */
function patternOf(request: string, patterns: readonly string[]): string {
  const fits = patterns.filter((pattern) => matcher(pattern).test(request));
  return fits.find((pattern) => !pattern.includes(':')) ?? fits[0] ?? request;
}

const CLOUDS = [
  ['volt', 'Volt'],
  ['nebula', 'Nebula'],
] as const;

function grouped(endpoints: readonly string[]): string {
  return CLOUDS.flatMap(([id, title]) => {
    const own = endpoints
      .map((endpoint) => endpoint.split(' '))
      .filter(([, cloud]) => cloud === id)
      .map(([method, , path]) => `\`${method} ${path}\``);
    return own.length === 0 ? [] : [`${title} ${own.join(', ')}`];
  }).join('; ');
}

/** What a tool calls: the endpoints it declares, and what its examples read besides (for a plan, the caps, a check). */
export function endpointLines(
  declared: readonly string[],
  requests: readonly string[],
  patterns: readonly string[],
): string[] {
  const seen = new Set(requests.map((request) => patternOf(request, patterns)));
  const besides = [...seen].filter((endpoint) => !declared.includes(endpoint)).toSorted();
  return [
    `- Endpoints: ${grouped(declared)}.`,
    ...(besides.length === 0 ? [] : [`- Also reads, for plan, caps and result: ${grouped(besides)}.`]),
  ];
}
