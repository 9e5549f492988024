/**
 * Runs the official MCP conformance suite (the pinned @modelcontextprotocol/conformance) against the built server,
 * `serve --http --sandbox`. Only scenarios that need no fixture of theirs: the others look for tools, prompts and
 * resources of given names (also resources-subscribe and -unsubscribe: `test://watched-resource`, which we rightly do
 * not know), or for the capability `logging`, which we do not declare. tools-call-error is left out because any server
 * without its tool passes. Run: npm run conformance. Exit code 1 where a scenario fails.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCENARIOS = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'prompts-list',
  'server-sse-multiple-streams',
  'dns-rebinding-protection',
];

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'gpu-cloud-mcp-conformance-'));

/** Starts the server on any free port and resolves with its /mcp address. */
function startServer() {
  const args = ['dist/index.js', 'serve', '--http', '--sandbox', '--port', '0', '--state-dir', scratch];
  const server = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  const url = new Promise((resolve, reject) => {
    let text = '';
    server.stderr.on('data', (chunk) => {
      text += chunk;
      const found = /"url":"([^"]+)"/.exec(text);
      if (found) resolve(found[1]);
    });
    server.once('exit', () => reject(new Error(`the server did not start: ${text}`)));
  });
  return { server, url };
}

function runScenario(url, scenario) {
  const cli = join(root, 'node_modules/@modelcontextprotocol/conformance/dist/index.js');
  const args = [cli, 'server', '--url', url, '--scenario', scenario];
  const child = spawn(process.execPath, args, { cwd: scratch, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => child.once('exit', (code) => resolve({ passed: code === 0, output })));
}

const { server, url } = startServer();
try {
  const address = await url;
  let failed = 0;
  for (const scenario of SCENARIOS) {
    const { passed, output } = await runScenario(address, scenario);
    console.log(`${passed ? 'pass' : 'FAIL'}  ${scenario}`);
    if (passed) continue;
    failed += 1;
    console.log(output);
  }
  console.log(`Conformance: ${SCENARIOS.length - failed} of ${SCENARIOS.length} scenarios pass.`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  server.kill('SIGTERM');
  rmSync(scratch, { recursive: true, force: true });
}
