/**
 * Runs the official MCP conformance suite. Run: npm run conformance. Exit code 1 if a scenario fails that applies.
 *
 * 1. The pinned devDependency, on this Node, against the built program as users start it (`serve --http --sandbox`): the
 *    scenarios that need no tool, prompt or resource of the suite.
 * 2. All scenarios that are scored for each protocol revision, on this program's own transports and handler table with
 *    the suite's catalogue behind them (test/conformance, never shipped). The suite that knows both revisions needs Node
 *    22; both are fetched from the npm registry into node_modules/.cache once.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-conformance-'));

const ON_THE_PROGRAM = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'prompts-list',
  'server-sse-multiple-streams',
  'dns-rebinding-protection',
];

/** How many scenarios are scored for each revision: fewer were not run. */
const SCORED = { '2026-07-28': 37, '2025-11-25': 30 };

/** Scored scenarios that test what this server does not offer, and why. */
const NOT_APPLICABLE = {
  '2025-11-25': {
    'logging-set-level': 'the capability logging is not declared: the log is for the operator, on stderr',
    'tools-call-with-logging': 'as logging-set-level',
    'tools-call-sampling': 'no tool asks a model of the client',
  },
  '2026-07-28': {},
};

/** What is fetched for the second part. */
const TOOLCHAIN = { '@modelcontextprotocol/conformance': '0.2.0-alpha.12', node: '22.23.3' };

/** Runs a program until it has ended and all that it wrote is read. */
function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.once('close', (code) => resolve({ passed: code === 0, output })));
}

/** Starts a server on any free port and resolves with its /mcp address once it says it. */
async function startServer(args, stream) {
  const server = spawn(process.execPath, args, { cwd: root, stdio: 'pipe' });
  const url = await new Promise((resolve, reject) => {
    let text = '';
    for (const from of [server.stdout, server.stderr]) {
      from.on('data', (chunk) => {
        text += chunk;
        const found = from === server[stream] && /http:\/\/[^"\s]+\/mcp/.exec(text);
        if (found) resolve(found[0]);
      });
    }
    server.once('exit', () => reject(new Error(`the server did not start: ${text}`)));
  });
  return { url, server };
}

async function testProgram() {
  const args = ['dist/index.js', 'serve', '--http', '--sandbox', '--port', '0', '--state-dir', scratch];
  const { url, server } = await startServer(args, 'stderr');
  const cli = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  let failed = 0;
  try {
    for (const scenario of ON_THE_PROGRAM) {
      const { passed, output } = await run(process.execPath, [
        cli,
        'server',
        '--url',
        url,
        '--scenario',
        scenario,
      ]);
      console.log(`${passed ? 'pass' : 'FAIL'}  ${scenario}`);
      if (passed) continue;
      failed += 1;
      console.log(output);
    }
  } finally {
    server.kill('SIGTERM');
  }
  const count = ON_THE_PROGRAM.length;
  console.log(
    `The program itself, Node ${process.versions.node}: ${count - failed} of ${count} scenarios pass.\n`,
  );
  return failed;
}

/** The suite and the Node that runs it, fetched if they are not there. */
function fetchToolchain() {
  const dir = join(root, 'node_modules/.cache/gpu-cloud-mcp/conformance');
  const cli = join(dir, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const node = join(dir, 'node_modules/node/bin/node');
  const isThere =
    existsSync(cli) && spawnSync(node, ['--version']).stdout?.toString().trim() === `v${TOOLCHAIN.node}`;
  if (!isThere) {
    console.log('Fetching the suite and Node 22 …');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, dependencies: TOOLCHAIN }));
    const args = ['install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
    const { status } = spawnSync('npm', args, { cwd: dir, stdio: 'inherit' });
    if (status !== 0) throw new Error('the suite could not be fetched from the npm registry');
  }
  return { cli, node };
}

/** The scenarios of a run by name, with the checks that failed, and which of them are not scored. */
function readSummary(output) {
  const unscored = new Map(
    [...output.matchAll(/^ {2}[✓✗] ([\w-]+) \(([^)]+)\)$/gm)].map(([, name, why]) => [name, why]),
  );
  const rows = [...output.matchAll(/^[✓✗~] ([\w-]+): (\d+) passed, (\d+) failed/gm)];
  return rows.map(([, name, passed, failed]) => ({
    name,
    passed: Number(passed),
    failed: Number(failed),
    unscored: unscored.get(name),
  }));
}

async function testRevision(revision, url, { cli, node }) {
  const args = [cli, 'server', '--url', url, '--requirements', revision];
  const { output } = await run(node, args);
  const rows = readSummary(output);
  let failed = 0;
  let scored = 0;
  for (const { name, passed, failed: bad, unscored } of rows) {
    const why = NOT_APPLICABLE[revision][name];
    if (unscored === undefined) scored += 1;
    const isOk = bad === 0 && passed > 0;
    const word = isOk ? 'pass' : unscored !== undefined || why !== undefined ? 'n/a ' : 'FAIL';
    if (word === 'FAIL') failed += 1;
    const note = isOk ? '' : ` (${why ?? unscored ?? `${bad} checks fail`})`;
    console.log(
      `${word}  ${name}: ${passed} of ${passed + bad} checks${unscored ? `, not scored: ${unscored}` : note}`,
    );
  }
  if (scored < SCORED[revision]) {
    console.log(output);
    throw new Error(`${scored} of ${SCORED[revision]} scored scenarios of ${revision} were run`);
  }
  if (failed > 0) console.log(output);
  const apart = Object.keys(NOT_APPLICABLE[revision]).length;
  console.log(
    `${revision}, own transports and handlers: ${scored - failed - apart} of ${scored} scored scenarios pass, ${apart} do not apply.\n`,
  );
  return failed;
}

try {
  let failed = await testProgram();
  const toolchain = fetchToolchain();
  const { url, server } = await startServer(['scripts/run-ts.mjs', 'test/conformance/serve.ts'], 'stdout');
  try {
    for (const revision of Object.keys(SCORED)) failed += await testRevision(revision, url, toolchain);
  } finally {
    // It ends with its stdin.
    server.stdin.end();
  }
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
