import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { Agent, request } from 'undici';
import { connectTo } from '../client.ts';
import type { Figure, Part } from '../figure.ts';
import { inTurn, median, timed } from '../measure.ts';
import { forkRole } from '../static-cloud.ts';

const ROUNDS = 1200;
const WARM_UP = 600;
const GOALS = [
  { count: 1, limit: 2 },
  { count: 50, limit: 1.6 },
  { count: 500, limit: 1.4 },
] as const;

async function rawJson(url: string, dispatcher: Agent): Promise<string> {
  const { body } = await request(url, { dispatcher });
  const text = await body.text();
  JSON.parse(text);
  return text;
}

/**
 * A whole list_pods call beside a raw undici GET of the same reply, read and parsed, over a kept connection. The goal is for
 * what the server takes; what the SDK's client takes besides, in the same process, stands below it.
 */
async function latency(cloud: string, { count, limit }: (typeof GOALS)[number]): Promise<Figure[]> {
  const base = `${cloud}/pods/${count}`;
  const agent = new Agent({ pipelining: 1 });
  const { call, message, close } = await connectTo(base);
  const values = await inTurn(
    {
      ours: () => timed(() => message('list_pods')),
      client: () => timed(() => call('list_pods')),
      floor: () => timed(() => rawJson(`${base}/pods`, agent)),
    },
    ROUNDS,
    WARM_UP,
  );
  await close();
  await agent.close();
  const row = (name: string, mine: readonly number[], goal: Figure['goal']): Figure => ({
    part: 'reads',
    name: `list_pods of ${count}, p50${name}`,
    unit: 'ms',
    ours: median(mine),
    floor: median(values.floor),
    goal,
  });
  return [
    row('', values.ours, { of: 'ratio', at: 'most', limit }),
    row(", with the SDK's client", values.client, null),
  ];
}

/** Tokens of the reply's text beside those of the cloud's own JSON. */
async function words(cloud: string, tool: string, count: number, part: number | null): Promise<Figure[]> {
  const what = tool.replace('list_', '');
  const base = `${cloud}/${what}/${count}`;
  const agent = new Agent();
  const raw = await rawJson(`${base}/${what}`, agent);
  await agent.close();
  const { call, close } = await connectTo(base);
  const result = await call(tool);
  await close();
  const text = result.content.map((piece) => (piece.type === 'text' ? piece.text : '')).join('\n');
  const tokens = { ours: encode(text).length, floor: encode(raw).length };
  const name = `text of ${tool}, 20 of ${count}`;
  return [
    { part: 'reads', name, unit: 'tokens', ...tokens, goal: { of: 'value', at: 'most', limit: 1200 } },
    ...(part === null
      ? []
      : [
          {
            part: 'reads',
            name: `${name}, share of the raw JSON`,
            unit: 'tokens',
            ...tokens,
            goal: { of: 'ratio', at: 'most', limit: part } as const,
          },
        ]),
  ];
}

/** What reading lists costs: time beside the raw call, and text beside the raw reply. */
export const reads: Part = {
  name: 'reads',
  async run() {
    const { url, child } = await forkRole('static-cloud');
    const figures: Figure[] = [];
    for (const goal of GOALS) figures.push(...(await latency(url, goal)));
    figures.push(...(await words(url, 'list_pods', 50, null)));
    figures.push(...(await words(url, 'list_machines', 500, 0.05)));
    child.kill();
    return figures;
  },
};
