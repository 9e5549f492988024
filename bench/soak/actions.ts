import type { Args } from '../../examples/example.ts';
import type { World } from '../../src/sandbox/world.ts';
import { TOOLS } from '../../src/tools/index.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { CASES } from '../../testbed/examples.ts';
import type { Dice } from './dice.ts';

/** One call that a run may make. Null from `args`: there is nothing to call it on now. */
export interface Action {
  tool: string;
  weight: number;
  spends: boolean;
  args: (world: World, dice: Dice, name: string) => Record<string, unknown> | null;
}

/** How often a tool is called, by its effect; what rents and deletes pods more often. */
const WEIGHTS: Readonly<Record<Tool['effect'], number>> = {
  spend: 6,
  use: 1,
  interrupt: 5,
  destroy: 3,
  change: 1,
  read: 1,
};
const MORE: Readonly<Record<string, number>> = { create_pod: 12, delete_pod: 6 };

/** Moves the clock by hours, which a run does itself. */
const LEFT_OUT = new Set(['wait_for']);

/** Names that a run gives. */
const OWN = /^s\d+$/;

type Thing = { id: string | number; name: string };
const refs = (kind: string, cloud: string, things: readonly Thing[]): string[] =>
  things.filter(({ name }) => OWN.test(name)).map(({ id }) => `${cloud}:${kind}:${id}`);

/** What calls can be about, by kind: the refs of what the run itself has made. */
const THINGS: Readonly<Record<string, (world: World) => string[]>> = {
  pod: (world) =>
    world.pods
      .list()
      .filter((pod) => pod.deleted_at === null)
      .map(({ cloud, id }) => `${cloud}:pod:${id}`),
  job: (world) => world.jobs.list().map(({ id }) => `volt:job:${id}`),
  template: ({ volt }) => refs('template', 'volt', volt.templates),
  docker_credential: ({ volt }) => refs('docker_credential', 'volt', volt.credentials),
  api_key: ({ volt, nebula }) => [
    ...refs('api_key', 'volt', volt.api_keys),
    ...refs('api_key', 'nebula', nebula.api_keys),
  ],
  ssh_key: ({ volt, nebula }) => [
    ...refs('ssh_key', 'volt', volt.ssh_keys),
    ...refs(
      'ssh_key',
      'nebula',
      nebula.ssh_keys.map(({ id, key_name }) => ({ id, name: key_name })),
    ),
  ],
};

/** A thing of the run; now and then one that does not exist. Undefined: there is none. */
function pickThing(world: World, dice: Dice, kind: string): string | undefined {
  if (dice.chance(0.05)) return `volt:${kind}:gone`;
  return dice.pick(THINGS[kind]?.(world) ?? []);
}

/** The kind of thing that an example makes for its call (`$pod`), or that it removes, which must be one of the run. */
const kindIn = (text: string, removes: boolean): string | undefined =>
  /^\$(\w+)$/.exec(text)?.[1] ?? (removes ? /^(?:volt|nebula):(\w+):/.exec(text)?.[1] : undefined);

/** The arguments of an example with things of the run, a name of its own, and now and then a lease. */
function argsOf(
  tool: Tool,
  example: Args,
  world: World,
  dice: Dice,
  name: string,
): Record<string, unknown> | null {
  const args: Record<string, unknown> = { ...example };
  for (const [field, value] of Object.entries(example)) {
    const first: unknown = Array.isArray(value) ? value[0] : value;
    const kind = typeof first === 'string' ? kindIn(first, tool.effect === 'destroy') : undefined;
    if (kind === undefined) continue;
    const ref = pickThing(world, dice, kind);
    if (ref === undefined) return null;
    args[field] = Array.isArray(value) ? [ref] : ref;
  }
  if (tool.effect !== 'read' && 'name' in tool.input.shape && 'name' in example) args.name = name;
  if ('env_vars' in example) args.env_vars = { TOKEN: 'canary-env-value' };
  if ('max_lifetime_hours' in tool.input.shape) {
    if (dice.chance(0.3)) args.max_lifetime_hours = dice.between(1, 6) / 2;
    else delete args.max_lifetime_hours;
  }
  return args;
}

function actionOf(tool: Tool): Action[] {
  const examples = CASES.filter((one) => one.tool === tool && one.ends === undefined);
  if (examples.length === 0 || LEFT_OUT.has(tool.name)) return [];
  const args: Action['args'] = (world, dice, name) =>
    argsOf(tool, dice.pick(examples)?.args ?? {}, world, dice, name);
  return [
    {
      tool: tool.name,
      weight: WEIGHTS[tool.effect] + (MORE[tool.name] ?? 0),
      spends: tool.effect === 'spend',
      args,
    },
  ];
}

/** Every tool with its examples, and calls that no model should make. */
export const ACTIONS: readonly Action[] = [
  ...TOOLS.flatMap(actionOf),
  { tool: 'get_pod', weight: 1, spends: false, args: () => ({ pod: 'volt:pod:../api-keys' }) },
  { tool: 'list_pods', weight: 1, spends: false, args: () => ({ unknown_argument: true }) },
];

const TOTAL = ACTIONS.reduce((sum, { weight }) => sum + weight, 0);

/** One action, by weight. */
export function chooseAction(dice: Dice): Action | undefined {
  let left = dice.between(1, TOTAL);
  return ACTIONS.find(({ weight }) => {
    left -= weight;
    return left <= 0;
  });
}
