/**
 * Stands in for `docker run`: starts the entry point of an image that the test has read from the Dockerfile (the file that
 * DOCS_IMAGES names), with the variables of the image and those that -e passes on, and no others. A volume must be mounted
 * where the image keeps its state. Of the network only this much is played: 0.0.0.0 in the container is loopback here, and
 * DOCS_CONTAINER_ENV holds what is the same in every container.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const refuse = (why) => {
  throw new Error(`docker ${process.argv.slice(2).join(' ')}: ${why}`);
};
const [, , command, ...rest] = process.argv;
if (command !== 'run') refuse('only run is played');
const images = JSON.parse(readFileSync(process.env.DOCS_IMAGES, 'utf8'));
const passed = {};
let interactive = false;
let mount = null;
while (rest[0]?.startsWith('-')) {
  const flag = rest.shift();
  if (flag === '--rm') continue;
  if (flag === '-i') interactive = true;
  else if (flag === '-p') rest.shift();
  else if (flag === '-v') [, mount] = /^[\w-]+:(\/.+)$/.exec(rest.shift()) ?? refuse('-v is not NAME:/PATH');
  else if (flag === '-e') {
    const [name, value] = rest.shift().split('=');
    passed[name] = value ?? process.env[name] ?? refuse(`${name} is not set where docker runs`);
  } else refuse(`the flag ${flag} is not played`);
}
const image = images[rest.shift()] ?? refuse('there is no such image');
if (mount !== null && mount !== image.env.GPU_MCP_STATE_DIR) refuse(`the state is not kept in ${mount}`);
const args = [...image.entrypoint, ...(rest.length > 0 ? rest : image.cmd)];
const [program, ...programArgs] = args.map((arg) => (arg === '0.0.0.0' ? '127.0.0.1' : arg));
const child = spawn(program, programArgs, {
  cwd: image.root,
  env: { PATH: process.env.PATH, ...image.env, ...JSON.parse(process.env.DOCS_CONTAINER_ENV), ...passed },
  stdio: [interactive ? 'inherit' : 'ignore', 'inherit', 'inherit'],
});
// The whole process group gets the signal: passed on, it would be a second one, which ends the server at once.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => {});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
