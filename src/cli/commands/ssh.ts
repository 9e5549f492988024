import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { openRuntime } from '../../app.ts';
import { ConfigError, type SettingFlags } from '../../config/read.ts';
import { parseRef } from '../../core/ref.ts';
import { stateDirFor } from '../../state.ts';
import { readText, save } from '../install/save.ts';
import { placeHere, readPersonConfig } from '../person-config.ts';
import { resolveRefs } from '../resolve.ts';
import { untilInterrupted, writeStderr } from '../terminal/exit.ts';
import {
  configBlock,
  knownHostsFile,
  type Login,
  loginOf,
  runSsh,
  shellCommand,
  sshArguments,
  withBlock,
} from './ssh-client.ts';

/** The command line of `ssh`, as commander reads it. */
interface SshFlags {
  print?: boolean;
  config?: boolean;
  yes?: boolean;
}

/** A pod and its login. */
interface Found {
  ref: string;
  login: Login;
  knownHosts: string;
}

async function find(settings: SettingFlags, named: string, signal: AbortSignal): Promise<Found> {
  const config = readPersonConfig({ GPU_MCP_LOG_LEVEL: 'silent', ...settings });
  const { runtime, close } = await openRuntime(config);
  try {
    const [ref = ''] = await resolveRefs(runtime.clouds, [named], ['pod'], signal);
    const { cloud, id } = parseRef(ref, 'pod');
    const login = loginOf(await runtime.clouds.get(cloud).pods.get({ signal, fresh: true }, id));
    return { ref, login, knownHosts: knownHostsFile(stateDirFor(config), cloud, login) };
  } finally {
    await close();
  }
}

async function isAgreed(question: string): Promise<boolean> {
  const line = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(?:es)?$/i.test((await line.question(`${question} [y/N] `)).trim());
  } finally {
    line.close();
  }
}

/** Shows the block and writes it to ~/.ssh/config if the person agrees; false if nothing was written. @throws ConfigError */
async function writeConfig({ ref, login, knownHosts }: Found, yes: boolean): Promise<boolean> {
  const block = configBlock(login, ref, knownHosts);
  const path = join(placeHere().home, '.ssh', 'config');
  process.stdout.write(block);
  const before = readText(path);
  const after = withBlock(before, block, login.alias);
  if (after === before) {
    writeStderr(`${path} has this block already.`);
    return true;
  }
  const canAsk = process.stdin.isTTY === true && process.stderr.isTTY === true;
  if (!yes && !canAsk)
    throw new ConfigError(
      `Nothing was written: nobody can be asked here. --yes writes the block to ${path}.`,
    );
  if (!yes && !(await isAgreed(`Write this to ${path}?`))) {
    writeStderr('Nothing was changed.');
    return false;
  }
  const isNew = !existsSync(path) && lstatSync(path, { throwIfNoEntry: false }) === undefined;
  const { backup } = save(path, after, { expected: before, shared: false, now: new Date() });
  writeStderr(
    `${isNew ? 'Made' : 'Changed'} ${path}${backup === null ? '' : ` (backup: ${backup})`}. Now: ssh ${login.alias}`,
  );
  return true;
}

/**
 * `gpu-cloud-mcp ssh POD [-- command]`: looks the pod up and runs the system's ssh, whose exit code it has; with `print`
 * it shows the command, with `config` it writes a block for ~/.ssh/config after showing it.
 * @throws ConfigError, GpuError
 */
export async function ssh(
  settings: SettingFlags,
  named: string,
  command: readonly string[],
  { print = false, config = false, yes = false }: SshFlags,
): Promise<void> {
  if (print && config) throw new ConfigError('--print and --config exclude each other: leave one out.');
  if (config && command.length > 0)
    throw new ConfigError('--config takes no command: the block is for every login.');
  if (yes && !config) throw new ConfigError('--yes means something with --config only: leave it out.');
  const stop = untilInterrupted();
  const found = await find(settings, named, stop.signal).catch((error: unknown) => {
    // The exit code already shows which signal ended it.
    if (stop.signal.aborted) return null;
    throw error;
  });
  if (found === null) return;
  if (config) {
    if (!(await writeConfig(found, yes))) process.exitCode = 1;
    return;
  }
  const args = sshArguments(found.login, found.knownHosts, command);
  if (print) process.stdout.write(`${shellCommand(args)}\n`);
  else process.exitCode = await runSsh(args);
}
