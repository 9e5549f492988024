import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { openTestbed } from '../../testbed/testbed.ts';
import type { Part } from '../figure.ts';

/** Tokens (o200k) of the tool list: what a model sees of it (names, descriptions, input schemas), and the whole with output schemas. */
export const list: Part = {
  name: 'list',
  async run() {
    const { runtime, close } = await openTestbed();
    await close();
    const tokens = runtime
      .listed('text')
      .map(
        ({ name, description, inputSchema }) =>
          encode(JSON.stringify({ name, description, inputSchema })).length,
      );
    const total = tokens.reduce((sum, one) => sum + one, 0);
    const both = runtime.listed('both').reduce((sum, tool) => sum + encode(JSON.stringify(tool)).length, 0);
    return {
      figures: [
        { name: `\`tools/list\`, ${tokens.length} tools`, value: total, unit: 'tokens', goal: 6000 },
        { name: '`tools/list` with output schemas', value: both, unit: 'tokens', goal: 12_000 },
        { name: '`tools/list`, largest tool', value: Math.max(...tokens), unit: 'tokens', goal: 400 },
      ],
    };
  },
};
