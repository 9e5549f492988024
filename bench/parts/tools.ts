import { CASES, type ToolCase } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { openTestbed } from '../../testbed/testbed.ts';
import { type Figure, markdownTable, median, type Part, timed } from '../figure.ts';

const ROUNDS = 7;

/** Milliseconds of a call whose clouds answer at once: the server's own time, with the simulator's in the same process. */
async function ownTime({ tool, ...example }: ToolCase): Promise<number> {
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const testbed = await openTestbed({ config: { GPU_MCP_MAX_JOB_USD: '1000' } });
    const { args } = prepare(testbed.world, example);
    values.push(await timed(() => testbed.call(tool.name, args)));
    await testbed.close();
  }
  return median(values);
}

/** What each call costs: requests and depth as its example says (a test counts them), and own time. */
export const tools: Part = {
  name: 'tools',
  async run() {
    const rows: string[][] = [];
    const own: number[] = [];
    for (const example of CASES.filter(({ shown, ends }) => shown && ends === undefined)) {
      const { plan = [0, 0], run } = example.requests ?? { run: [Number.NaN, Number.NaN] };
      const ms = await ownTime(example);
      own.push(ms);
      rows.push([example.label, String(plan[0] + run[0]), String(plan[1] + run[1]), ms.toFixed(0)]);
    }
    const figures: Figure[] = [
      {
        name: 'own time of a call, median over all',
        value: median(own),
        unit: 'ms',
        goal: 30,
        machine: true,
      },
      { name: 'own time of a call, the slowest', value: Math.max(...own), unit: 'ms', machine: true },
    ];
    return { figures, notes: [markdownTable(['call', 'requests', 'depth', 'own ms'], rows)] };
  },
};
