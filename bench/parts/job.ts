import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import type { CallResult } from '../../src/engine/result.ts';
import { watchRequests } from '../../testbed/costs.ts';
import { openTestbed, type Testbed } from '../../testbed/testbed.ts';
import { markdownTable, type Part, timed } from '../figure.ts';

const REPLY_MS = 120;

type Step = [tool: string, args: Record<string, unknown>];

/** A whole job on Volt; `$pod` and `$job` are what it made. A call that asks is made twice: for the plan, and with its token. */
const STEPS: readonly Step[] = [
  ['list_machines', { gpu: 'RTX 4090' }],
  ['list_templates', {}],
  ['list_ssh_keys', {}],
  [
    'create_pod',
    {
      name: 'trainer',
      machine: 'volt:machine:mach_rtx4090_01',
      template: 'volt:template:tpl_pytorch21',
      ssh_keys: ['volt:ssh_key:key_abc123'],
    },
  ],
  ['wait_for', { ref: '$pod' }],
  ['list_pods', {}],
  ['stop_pod', { pod: '$pod' }],
  ['wait_for', { ref: '$pod', until: 'stopped' }],
  ['start_pod', { pod: '$pod' }],
  ['wait_for', { ref: '$pod' }],
  ['delete_pod', { pod: '$pod' }],
  [
    'submit_finetune',
    {
      name: 'support-bot',
      task_type: 'text',
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      hours: 2,
      dataset_repo: 'myorg/support-qa',
    },
  ],
  ['list_jobs', {}],
  ['cancel_job', { job: '$job' }],
  ['get_job', { job: '$job' }],
  ['get_spend', {}],
];

const textOf = ({ content }: CallResult): string =>
  content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');

/** Makes a call, and once more with its token if it asks. Returns every result. */
async function make(testbed: Testbed, tool: string, args: Record<string, unknown>): Promise<CallResult[]> {
  const first = await testbed.call(tool, args);
  const { confirmation } = first.structuredContent as { confirmation?: { token: string; reply: string } };
  const results =
    confirmation === undefined
      ? [first]
      : [
          first,
          await testbed.call(tool, {
            ...args,
            confirmation_token: confirmation.token,
            user_reply: confirmation.reply,
          }),
        ];
  const failed = results.find(({ isError }, at) => isError && (at > 0 || confirmation === undefined));
  if (failed !== undefined) throw new Error(`${tool}: ${textOf(failed)}`);
  return results;
}

/** A whole job from finding a machine to the bill: calls, requests, depth, what a model reads, and how long it takes. */
export const job: Part = {
  name: 'job',
  async run() {
    const testbed = await openTestbed({ person: null });
    const watch = watchRequests(testbed.world, REPLY_MS);
    const refs = new Map<string, unknown>();
    const total = { calls: 0, requests: 0, depth: 0, polls: 0, text: 0, json: 0, ms: 0 };
    const rows: string[][] = [];
    try {
      for (const [tool, given] of STEPS) {
        const args = Object.fromEntries(
          Object.entries(given).map(([name, value]) => [name, refs.get(String(value)) ?? value]),
        );
        let results: CallResult[] = [];
        const ms = await timed(async () => {
          results = await make(testbed, tool, args);
        });
        const [requests, depth] = watch.take();
        const text = results.reduce((sum, one) => sum + encode(textOf(one)).length, 0);
        const json = results.reduce(
          (sum, one) => sum + encode(JSON.stringify(one.structuredContent)).length,
          0,
        );
        for (const { structuredContent: made } of results) {
          for (const kind of ['pod', 'job']) {
            const thing = made[kind] as { ref?: string } | undefined;
            if (thing?.ref !== undefined) refs.set(`$${kind}`, thing.ref);
          }
        }
        rows.push([tool, ...[results.length, requests, depth, text, json].map(String)]);
        total.calls += results.length;
        // What a wait reads after its first reading is as much as the cloud's own change takes.
        const polls = tool === 'wait_for' ? depth - 1 : 0;
        total.polls += polls;
        total.requests += requests - polls;
        total.depth += depth - polls;
        total.text += text;
        total.json += json;
        total.ms += ms;
      }
    } finally {
      await testbed.close();
    }
    const head = ['call', 'calls', 'requests', 'depth', 'tokens, text', 'tokens, structured'];
    return {
      notes: [markdownTable(head, rows)],
      figures: [
        { name: 'whole job: calls', value: total.calls, unit: 'calls' },
        { name: 'whole job: requests to the clouds', value: total.requests, unit: 'requests', goal: 43 },
        { name: 'whole job: depth, summed', value: total.depth, unit: 'requests', goal: 28 },
        { name: 'whole job: more polls while waiting', value: total.polls, unit: 'requests' },
        { name: `whole job at ${REPLY_MS} ms a request`, value: total.ms / 1000, unit: 's', machine: true },
        { name: 'whole job: a model reads, text', value: total.text, unit: 'tokens', goal: 3200 },
        { name: 'whole job: a model reads, structured', value: total.json, unit: 'tokens', goal: 4400 },
      ],
    };
  },
};
