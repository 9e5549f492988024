import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { openRuntime } from '../../src/app.ts';
import { readConfig } from '../../src/config/read.ts';
import { scratch } from '../bundles.ts';
import type { Figure, Part } from '../figure.ts';

/** Tokens (o200k) of the tool list as a model sees it: names, titles, descriptions, input schemas, annotations. */
export const list: Part = {
  name: 'list',
  async run() {
    const keys = { VOLT_API_KEY: 'volt_bench_key_0123', NEBULA_API_KEY: 'ak_bench_key_0123456789' };
    const { runtime, close } = await openRuntime(readConfig({ ...keys, GPU_MCP_STATE_DIR: scratch() }, {}), {
      log: () => {},
    });
    await close();
    const seen = runtime.listed.map(({ outputSchema: _unseen, ...tool }) => tool);
    const total = encode(JSON.stringify(seen)).length;
    const largest = Math.max(...seen.map((tool) => encode(JSON.stringify(tool)).length));
    const figure = (name: string, value: number, limit: number): Figure => ({
      part: 'list',
      name,
      unit: 'tokens',
      ours: value,
      floor: null,
      goal: { of: 'value', at: 'most', limit },
    });
    return [
      figure(`tools/list, ${seen.length} tools`, total, 6000),
      figure('tools/list, average of a tool', total / seen.length, 150),
      figure('tools/list, largest tool', largest, 400),
    ];
  },
};
