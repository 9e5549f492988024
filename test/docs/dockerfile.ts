/** One stage of a Dockerfile: its name, what it starts from, and its instructions in order. */
export interface Stage {
  name: string;
  from: string;
  steps: { instruction: string; text: string }[];
}

/** What an image starts and with which variables, as `docker inspect` would say. */
export interface Image {
  entrypoint: string[];
  cmd: string[];
  env: Record<string, string>;
  exposes: string[];
  healthcheck: string[] | null;
}

/** The images of the pages by their tags: which stage each is built from; null is the last one. */
export const IMAGES: Readonly<Record<string, string | null>> = {
  'gpu-cloud-mcp': null,
  'gpu-cloud-mcp:http': 'http',
};

/** The stages of a Dockerfile. @throws Error if an instruction comes before the first FROM */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  const lines = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n');
  for (const line of lines.filter((one) => one.trim() !== '')) {
    const [, instruction = '', rest = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (instruction === 'FROM') {
      const [from = '', , name = ''] = rest.split(' ');
      stages.push({ name, from, steps: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined || instruction === '') throw new Error(`Dockerfile: cannot be read: ${line}`);
    stage.steps.push({ instruction, text: rest });
  }
  return stages;
}

/** A stage and those it builds on, the first one first. @throws Error for a name that no stage has */
export function chainOf(stages: readonly Stage[], target: string | null): Stage[] {
  const stage = target === null ? stages.at(-1) : stages.find(({ name }) => name === target);
  if (stage === undefined) throw new Error(`Dockerfile: there is no stage ${target}`);
  const parent = stages.find(({ name }) => name === stage.from);
  return parent === undefined ? [stage] : [...chainOf(stages, parent.name), stage];
}

const listOf = (text: string): string[] => JSON.parse(text);

/** What the image of a stage starts. An entry point or a command that is not a JSON list is refused: it would need a shell. */
export function imageOf(stages: readonly Stage[], target: string | null): Image {
  const steps = chainOf(stages, target).flatMap((stage) => stage.steps);
  const last = (instruction: string) => steps.findLast((step) => step.instruction === instruction)?.text;
  const pairs = steps
    .filter(({ instruction }) => instruction === 'ENV')
    .flatMap(({ text }) =>
      [...text.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
    );
  const health = last('HEALTHCHECK');
  return {
    entrypoint: listOf(last('ENTRYPOINT') ?? '[]'),
    cmd: listOf(last('CMD') ?? '[]'),
    env: Object.fromEntries(pairs),
    exposes: steps.filter(({ instruction }) => instruction === 'EXPOSE').map(({ text }) => text),
    healthcheck: health === undefined ? null : listOf(health.slice(health.indexOf('['))),
  };
}
