import { TOOLS } from '../../src/tools/index.ts';
import { type Follow, fetches, registers, says, saysHere, servesHttp, servesStdio, until } from './follow.ts';
import { TOKEN } from './machine.ts';

/** Rows of commands: a pattern, and the expected result. */
type Rows = readonly (readonly [command: RegExp, follow: Follow])[];

/** An installed server lists all of its tools. */
const LISTED = new RegExp(`\\b${TOOLS.length}\\b`);

/** The commands of the pages that are executed in a shell, as a page shows them. */
export const EXECUTED: Rows = [
  [/^gpu-cloud-mcp(?: serve)?(?: --sandbox)?$/, servesStdio],
  [/^gpu-cloud-mcp install cursor --sandbox$/, says(LISTED)],
  [/^gpu-cloud-mcp install cursor --sandbox --dry-run$/, says(/"gpu-cloud": \{/)],
  [/^gpu-cloud-mcp install cursor --http \S+$/, says(/"url": "http:/)],
  [/^gpu-cloud-mcp watch$/, until(/train-1[\s\S]*\$0\.\d/, 'SIGINT', 130)],
  [/^gpu-cloud-mcp ssh train-1 -- nvidia-smi$/, says(/ -- root@[\d.]+ nvidia-smi$/m)],
  [/^gpu-cloud-mcp sandbox$/, until(/export NEBULA_API_KEY=/, 'SIGINT', 0)],
  [/^gpu-cloud-mcp serve --http/, servesHttp(TOKEN)],
  [/^(?:claude|codex) mcp add /, registers],
  [/^docker run -i --rm /, servesStdio],
  [/^docker run --rm -p .*:http$/, servesHttp(TOKEN)],
  [/^openssl rand -hex 32$/, says(/^[0-9a-f]{64}$/m)],
];

/** The commands of the pages that are executed in this process, one after another: a start of the program takes ten times as long. */
export const EXECUTED_HERE: Rows = [
  [/^gpu-cloud-mcp tools(?: --sandbox)?$/, saysHere(/^create_pod +spend\b/m)],
  [/^gpu-cloud-mcp call --sandbox list_machines/, saysHere(/^volt:machine:mach_h100_03\b.*H100/m)],
  [/^gpu-cloud-mcp call list_pods$/, saysHere(/^volt:pod:\S+ \| train-1/m)],
  [/^gpu-cloud-mcp watch --once$/, saysHere(/train-1[\s\S]*\$0\.\d/)],
  [/^gpu-cloud-mcp audit(?: --since 12h --only real)?$/, saysHere(/\/gpu-cloud-mcp\b/)],
  [/^gpu-cloud-mcp audit --csv$/, saysHere(/^at,mode,tool,ref/m)],
  [/^gpu-cloud-mcp doctor$/, saysHere(/\bVolt\b[\s\S]*\bNebula\b/)],
  [/^gpu-cloud-mcp serve --help$/, saysHere(/--help settings/)],
  [/^gpu-cloud-mcp db migrate$/, saysHere(/\bgpu_mcp\b.*\d/)],
  [/^gpu-cloud-mcp db status$/, saysHere(/\bgpu_mcp\b.*\d/, ['db', 'migrate'])],
  [/^curl \S+ \S+\/healthz$/, fetches(/"status":"ok"/)],
  [/^curl \S+ \S+\/readyz$/, fetches(/"volt":"/)],
  [/^curl \S+ \S+\/metrics$/, fetches(/^# TYPE gpu_mcp_tool_calls_total counter$/m)],
  [/^curl \S+ \S+\/volt\/machines /, fetches(/mach_h100_03/)],
  [/^curl \S+ \S+\/users\/credits /, fetches(/1228\.5/)],
  [/^curl \S+ \S+\/sandbox\/clock .*advance_seconds/, fetches(/"now":"20/)],
  [/^curl \S+ \S+\/sandbox\/price /, fetches(/3\.1/)],
  [/^curl \S+ \S+\/sandbox\/ledger$/, fetches(/"balances?"/)],
  [/^curl \S+ \S+\/sandbox\/faults .*drop_after_commit/, fetches(/drop_after_commit/)],
];

/** The commands of the pages that are not executed, and why not. */
export const NOT_EXECUTED: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^export \w+=/, 'sets a variable for the commands behind it, which are executed with it'],
  [
    /^git clone |^cd gpu-cloud-mcp$/,
    'needs the network; the address is that of package.json, which docs.test.ts checks',
  ],
  [/^npm run demo$/, 'builds into dist; test/cli/demo.test.ts runs what it starts'],
  [/^npm run build$/, 'builds into dist; every test of the program runs what it makes (test/binary.ts)'],
  [/^npm test$/, 'is this run'],
  [/^gpu-cloud-mcp install$/, 'asks a person; test/cli/look.test.ts answers it in a terminal'],
  [/^gpu-cloud-mcp (?:call|ssh)$/, 'is the name of a command that needs a tool or a pod'],
  [/^docker build /, 'needs a Docker daemon; "the images" follows its stages and files'],
  [
    /^npm run (?:check|docs|manifests|format|costs)$|^npx vitest /,
    'is for those who change the program, and is run by them',
  ],
  [
    /^\.ci\/run$|^npm run (?:conformance|soak|faults|attack|replicas|bench)(?: |$)/,
    'takes minutes; CI or those who change what it measures run it',
  ],
  [/^npm run hosts$/, 'needs the registry of npm and minutes'],
];
