import type { Case } from '../../examples/example.ts';
import { TOOLSETS, type Toolset } from '../../src/core/policy.ts';
import type { Json, ListedTool } from '../../src/engine/listing.ts';
import type { Runtime } from '../../src/engine/runtime.ts';
import type { LoggedRequest } from '../../src/sandbox/requests.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { endpointsOf } from '../../test/surface/endpoints.ts';
import { exampleOf } from '../../testbed/examples.ts';
import { endpointLines } from './endpoints.ts';
import { inputTable, titlesOf } from './inputs.ts';
import { block, wholeText } from './markdown.ts';
import { neutral, onTestbed, resultText, runExample } from './run-example.ts';
import { GENERATED, PREFACE, TOKEN_CHAPTER } from './tools-words.ts';

/** Heading of each group of tools. */
export const TOOLSET_TITLES: Readonly<Record<Toolset, string>> = {
  machines: 'Machines and images',
  pods: 'Pods',
  jobs: 'Fine-tuning jobs',
  ssh: 'SSH keys',
  templates: 'Templates',
  registry: 'Registry logins',
  api_keys: 'API keys',
  billing: 'Spending and billing',
  inference: 'Hosted models',
};

const EFFECTS: Readonly<Record<Tool['effect'], string>> = {
  read: 'reads',
  use: 'uses: billed by the call, a matter of cents',
  change: 'changes the account',
  spend: 'spends money',
  interrupt: 'interrupts what runs',
  destroy: 'destroys',
};

const TYPED: Readonly<Record<Tool['effect'], string>> = {
  read: '',
  use: 'typing the words shown; once that is done, calls billed by use run for a day without a question',
  change: 'typing the word shown',
  spend: 'typing the dollar figure shown',
  interrupt: 'typing the word shown',
  destroy:
    'typing the name of what goes (the last six characters of its id if it has no name that can be typed)',
};

/** What a tool asks before it acts, in words. */
export function asksBefore(tool: Tool): string {
  if (tool.gated) return `a person agrees to its plan by ${TYPED[tool.effect]}.`;
  return 'nothing.';
}

/** The titles of the clouds that a tool exists for. */
export const cloudsOf = (tool: Tool, { clouds }: Runtime): string =>
  titlesOf(clouds.all().filter(tool.needs));

const answerKeys = ({ outputSchema }: ListedTool): string => {
  const hidden = new Set(['error', 'sandbox', 'plan', 'changes', 'confirmation', 'errors']);
  const properties = outputSchema?.properties as { [key: string]: Json };
  return Object.keys(properties)
    .filter((name) => !hidden.has(name))
    .map((name) => `\`${name}\``)
    .join(', ');
};

const costLines = (cases: readonly Case[]): string[] => {
  const costs = cases.flatMap(({ title, requests }) => {
    if (requests === undefined) return [];
    const { plan, run } = requests;
    const parts = [
      ...(plan === undefined ? [] : [`${plan[0]} for the plan (depth ${plan[1]})`]),
      `${run[0]}${plan === undefined ? '' : ' after the yes'} (depth ${run[1]})`,
    ];
    return [`${cases.length === 1 ? '' : `${title}: `}${parts.join(', ')}`];
  });
  return costs.length === 0 ? [] : [`- Requests to the clouds: ${costs.join('; ')}.`];
};

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

interface Played {
  text: string[];
  requests: readonly LoggedRequest[];
}

async function playExample(tool: Tool, example: Case, title: string | null): Promise<Played> {
  return onTestbed(async (testbed) => {
    const { args, result, asked, requests } = await runExample(testbed, tool.name, example);
    const question = asked === null ? [] : ['A person is asked:', block('text', neutral(testbed, asked))];
    return {
      requests,
      text: [
        ...(title === null ? [] : [`**${title}**`]),
        block('json', JSON.stringify({ name: tool.name, arguments: args }, null, 2)),
        ...question,
        asked === null ? 'Answer:' : 'Answer, after the person typed it:',
        block('text', neutral(testbed, resultText(result))),
      ],
    };
  });
}

async function toolSection(tool: Tool, listed: ListedTool, runtime: Runtime): Promise<string> {
  const played: Played[] = [];
  const shown = exampleOf(tool.name).cases.filter((example) => example.shown);
  for (const example of shown) {
    played.push(await playExample(tool, example, shown.length === 1 ? null : capitalised(example.title)));
  }
  const endpoints = endpointLines(
    endpointsOf(tool.name),
    played.flatMap(({ requests }) => requests),
  );
  return [
    `### ${tool.name}`,
    `**${tool.title}.** ${wholeText(tool.description)}`,
    [
      `- Effect: ${EFFECTS[tool.effect]}.`,
      `- Asks before acting: ${asksBefore(tool)}`,
      `- Clouds: ${cloudsOf(tool, runtime)}. Toolset: \`${tool.toolset}\`.`,
      `- Structured answer: ${answerKeys(listed)}.`,
      ...endpoints,
      ...costLines(shown),
    ].join('\n'),
    inputTable(tool, listed.inputSchema, runtime.clouds.all()),
    ...played.flatMap(({ text }) => text),
  ].join('\n\n');
}

/** The plan, the token and the repeated call of a client that cannot ask a person. */
async function tokenChapter(): Promise<string> {
  return onTestbed(async (testbed) => {
    const [example = { args: {}, title: '', sends: [] }] = exampleOf('stop_pod').cases;
    const { args, result } = await runExample(testbed, 'stop_pod', example);
    const { confirmation } = result.structuredContent as {
      confirmation?: { token: string; reply: string };
    };
    const hide = (text: string) => neutral(testbed, text).replaceAll(confirmation?.token ?? ' ', '<token>');
    const again = { ...args, confirmation_token: '<token>', user_reply: confirmation?.reply };
    const done = await testbed.call('stop_pod', { ...again, confirmation_token: confirmation?.token });
    return [
      TOKEN_CHAPTER.first,
      block('json', JSON.stringify({ name: 'stop_pod', arguments: args }, null, 2)),
      block('text', hide(resultText(result))),
      TOKEN_CHAPTER.second,
      block('json', JSON.stringify({ name: 'stop_pod', arguments: again }, null, 2)),
      block('text', hide(resultText(done))),
    ].join('\n\n');
  }, false);
}

/** docs/tools.md, whole. @throws Error for a tool without an example and for an input without a meaning */
export async function toolsPage(): Promise<string> {
  return onTestbed(async ({ runtime }) => {
    const tools = [...runtime.tools.values()];
    const groups: string[] = [];
    const contents: string[] = [];
    for (const toolset of TOOLSETS) {
      const members = tools.filter((tool) => tool.toolset === toolset);
      if (members.length === 0) continue;
      contents.push(
        `- ${TOOLSET_TITLES[toolset]}: ${members.map(({ name }) => `[${name}](#${name})`).join(', ')}`,
      );
      groups.push(`## ${TOOLSET_TITLES[toolset]}`);
      for (const tool of members) {
        const listed = runtime.listed('both').find(({ name }) => name === tool.name);
        if (listed !== undefined) groups.push(await toolSection(tool, listed, runtime));
      }
    }
    const parts = ['# Tools', GENERATED, PREFACE, contents.join('\n'), await tokenChapter(), ...groups];
    return `${parts.join('\n\n')}\n`;
  });
}
