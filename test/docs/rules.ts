/** How a command of the pages is executed, and what it must do. */
export type Rule = { match: RegExp } & (
  | {
      /** Runs to its end. */
      as: 'ends';
      /** Expected exit code; 0 where left out. */
      exit?: number;
      /** What stdout and stderr together must say. */
      says: RegExp;
      /** A further line of the same shell, whose output counts too. */
      and?: string;
      /** In a copy of the whole repository, `in turn` where it renews dist; else beside the built program. */
      where?: 'checkout' | 'checkout, in turn';
      /** It writes the pages of the checkout, and must write what stands there already. */
      keeps?: 'pages';
      /** What is run in its place, and `reason` says why. */
      instead?: readonly [from: string, to: string];
      reason?: string;
    }
  /** Serves until stdin ends; a client shakes hands with it. */
  | { as: 'stdio' }
  /** Serves HTTP until it is told to end: healthy, and a client shakes hands with it. */
  | { as: 'http' }
  /** Runs until it is told to end, after it said this. `adds` keeps it off a fixed port. */
  | { as: 'until told'; says: RegExp; adds?: string; exit?: number }
  /** Tells another program what to start; that is what a client shakes hands with. */
  | { as: 'registers' }
  /** Builds an image: the steps of the Dockerfile that need no engine. */
  | { as: 'image' }
  /** Not executed, for this reason; `seen` is a file and the words in it that execute it. */
  | { as: 'elsewhere'; reason: string; seen?: readonly [file: string, words: string] }
);

const LONG = 'takes minutes; here only what it starts is bundled or checked';

/** What must become of every command in README.md, CONTRIBUTING.md and docs. The first that matches counts. */
export const RULES: readonly Rule[] = [
  { match: /^gpu-cloud-mcp(?: serve)?(?: --sandbox)?$/, as: 'stdio' },
  { match: /^gpu-cloud-mcp serve --http(?: |$)/, as: 'http' },
  { match: /^gpu-cloud-mcp serve --help$/, as: 'ends', says: /--http .*--requests-per-minute/s },
  {
    match: /^gpu-cloud-mcp sandbox$/,
    as: 'until told',
    adds: '--port 0',
    says: /export VOLT_BASE_URL=\S+\/volt\n {2}export VOLT_API_KEY=volt_sandbox_key_x7f2\n.*NEBULA_API_KEY=ak_sandbox_key\n.*Stop with Ctrl-C/s,
  },
  { match: /^gpu-cloud-mcp watch$/, as: 'until told', exit: 130, says: /Burning \$0\.00\/h/ },
  {
    match: /^gpu-cloud-mcp tools(?: --sandbox)?$/,
    as: 'ends',
    says: /^create_pod +spend +asks first +\d+ +Rent a machine/m,
  },
  {
    match: /^gpu-cloud-mcp call --sandbox list_machines/,
    as: 'ends',
    says: /^\[sandbox: .*\nmachine \| gpu .*H100/s,
  },
  { match: /^gpu-cloud-mcp call list_pods$/, as: 'ends', says: /No pods\./ },
  { match: /^gpu-cloud-mcp call$/, as: 'ends', exit: 2, says: /missing required argument 'tool'/ },
  { match: /^gpu-cloud-mcp doctor$/, as: 'ends', says: /Volt accepts the key.*All is well\./s },
  { match: /^gpu-cloud-mcp audit$/, as: 'ends', says: /written down in \S+gpu-cloud-mcp\./ },
  { match: /^gpu-cloud-mcp install$/, as: 'ends', exit: 2, says: /Name the client to install into:.*zed/s },
  { match: /^gpu-cloud-mcp install \S+ --sandbox --dry-run$/, as: 'ends', says: /nothing was written/ },
  { match: /^gpu-cloud-mcp install \S+ --sandbox$/, as: 'ends', says: /Verified: .* offers \d\d tools\./ },
  { match: /^(?:claude|codex) mcp add /, as: 'registers' },
  { match: /^docker build /, as: 'image' },
  { match: /^docker run -i --rm /, as: 'stdio' },
  { match: /^docker run --rm -p .*:http$/, as: 'http' },
  {
    match: /^export (?:VOLT|NEBULA)_\w+=\S+$/,
    as: 'ends',
    and: 'export -p',
    says: /(?:VOLT|NEBULA)_\w+="\S+"/,
  },
  {
    match: /^export GPU_MCP_HTTP_TOKEN=/,
    as: 'ends',
    and: 'export -p',
    says: /GPU_MCP_HTTP_TOKEN="[0-9a-f]{64}"/,
  },
  { match: /^openssl rand -hex 32$/, as: 'ends', says: /^[0-9a-f]{64}$/m },
  { match: /^curl \S+ \S+\/healthz$/, as: 'ends', says: /"status":"ok"/ },
  { match: /^curl \S+ \S+\/readyz$/, as: 'ends', says: /"volt":"/ },
  { match: /^curl \S+ \S+\/metrics$/, as: 'ends', says: /^# TYPE gpu_mcp_tool_calls_total counter$/m },
  { match: /^curl \S+ \S+\/volt\/machines /, as: 'ends', says: /mach_h100_03/ },
  { match: /^curl \S+ \S+\/users\/credits /, as: 'ends', says: /1228\.5/ },
  { match: /^curl \S+ \S+\/sandbox\/clock .*advance_seconds/, as: 'ends', says: /"now":"20/ },
  { match: /^curl \S+ \S+\/sandbox\/price /, as: 'ends', says: /3\.1/ },
  { match: /^curl \S+ \S+\/sandbox\/ledger$/, as: 'ends', says: /"balances?"/ },
  { match: /^curl \S+ \S+\/sandbox\/faults .*drop_after_commit/, as: 'ends', says: /drop_after_commit/ },
  {
    match: /^npm run build$/,
    as: 'ends',
    where: 'checkout, in turn',
    and: 'node dist/index.js --version',
    says: /^\d+\.\d+\.\d+$/m,
  },
  { match: /^npm run demo$/, as: 'ends', where: 'checkout, in turn', says: /Every step went as expected\./ },
  {
    match: /^npm run docs$/,
    as: 'ends',
    where: 'checkout',
    says: /^README\.md: \d+ lines$/m,
    keeps: 'pages',
  },
  { match: /^npm run format$/, as: 'ends', where: 'checkout', says: /Checked \d+ files/ },
  {
    match: /^npx vitest run /,
    as: 'ends',
    where: 'checkout',
    instead: ['vitest run', 'vitest list --filesOnly'],
    reason: 'this very test would start itself; the same selection is listed',
    says: /test\/[\w/]+\.test\.ts/,
  },
  { match: /^npm run manifests$/, as: 'ends', where: 'checkout', says: /manifest\.json are written/ },
  {
    match: /^npm run faults$/,
    as: 'ends',
    where: 'checkout, in turn',
    says: /"twice":0,"wrong":0/,
    keeps: 'pages',
  },
  {
    match: /^npm run conformance$/,
    as: 'ends',
    where: 'checkout, in turn',
    says: /Conformance: (\d+) of \1 scenarios pass/,
  },
  {
    match: /^npm run check$/,
    as: 'elsewhere',
    reason: '.ci/run runs it before the tests',
    seen: ['.ci/run', 'npm run --silent check'],
  },
  {
    match: /^npm test$/,
    as: 'elsewhere',
    reason: 'this test is a part of it',
    seen: ['.ci/run', 'npm test'],
  },
  {
    match: /^\.ci\/run$/,
    as: 'elsewhere',
    reason: 'runs the two above, and so this test',
    seen: ['.ci/run', 'set -euo pipefail'],
  },
  { match: /^npm run (?:bench|soak)$/, as: 'elsewhere', reason: LONG },
  { match: /^node scripts\/run-ts\.mjs bench\/\w+\.ts$/, as: 'elsewhere', reason: LONG },
];
