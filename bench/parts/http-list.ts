import type { Part } from '../figure.ts';
import { callerOf } from '../http-servers.ts';
import { inTurn, median } from '../measure.ts';
import { forkRole } from '../static-cloud.ts';

const CALLS = 1500;
const ROUNDS = 9;
const CONNECTIONS = 8;

async function listing(role: string) {
  const { url, child } = await forkRole(role);
  const caller = callerOf(url, CONNECTIONS);
  const session = await caller.open();
  const perSecond = async () => {
    let left = CALLS;
    const one = async () => {
      while (left > 0) {
        left -= 1;
        const { text } = await caller.ask(session, 'tools/list');
        if (!text.includes('list_machines')) throw new Error(`no list: ${text.slice(0, 200)}`);
      }
    };
    const started = performance.now();
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
    return CALLS / ((performance.now() - started) / 1000);
  };
  return { perSecond, end: () => caller.close().then(() => child.kill()) };
}

/** tools/list over HTTP beside the same list as a static reply of the SDK through the same transport and adapter. */
export const httpList: Part = {
  name: 'http-list',
  async run() {
    const [ours, floor] = [await listing('list-ours'), await listing('list-static')];
    const values = await inTurn({ ours: ours.perSecond, floor: floor.perSecond }, ROUNDS, 2);
    await Promise.all([ours.end(), floor.end()]);
    return [
      {
        part: 'http-list',
        name: 'tools/list over HTTP',
        unit: '/s',
        ours: median(values.ours),
        floor: median(values.floor),
        goal: { of: 'ratio', at: 'least', limit: 0.8 },
      },
    ];
  },
};
