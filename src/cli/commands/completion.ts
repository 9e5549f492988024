import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import * as z from 'zod';
import { openRuntime } from '../../app.ts';
import type { Config, SettingFlags } from '../../config/read.ts';
import { LOG_LEVELS } from '../../config/settings.ts';
import { oneOf, readOption } from '../../config/values.ts';
import { CONFIRM_MODES, RESULT_FORMS } from '../../core/policy.ts';
import { TOOLS } from '../../tools/index.ts';
import { SCOPES } from '../install/clients/client.ts';
import { CLIENTS } from '../install/clients/index.ts';
import { GENERIC } from '../install/generic.ts';
import { KEY_HOMES } from '../install/keys.ts';
import { readPersonConfig } from '../person-config.ts';
import { flagsOf } from '../settings-help.ts';

/** The shells with completion. */
const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

const CACHE = 'completion.json';
const KEEP_MS = 60_000;
/** Max wait, milliseconds: a person waits at the keyboard. */
const PATIENCE_MS = 2_000;
// Names come from clouds, and shells evaluate words: only these characters are offered.
const PLAIN_WORD = /^[A-Za-z0-9_@.+-]{1,128}$/;

const cacheSchema = z.object({ at: z.number(), accounts: z.string(), words: z.array(z.string()) });
type Cache = z.infer<typeof cacheSchema>;

/** The words for pods: each name that only one pod has, else the id. */
export function podWords(pods: readonly { id: string; name: string | null }[]): string[] {
  const words = pods.map(({ id, name }) => {
    const isOwn = name !== null && name !== '' && pods.filter((pod) => pod.name === name).length === 1;
    return isOwn && PLAIN_WORD.test(name) ? name : id;
  });
  return [...new Set(words.filter((word) => PLAIN_WORD.test(word)))].sort();
}

/** The fingerprint of the accounts of a list of pods: of the clouds' addresses and keys. */
const accountsOf = ({ clouds }: Config): string =>
  createHash('sha256').update(JSON.stringify(clouds)).digest('hex').slice(0, 16);

/** The kept list of these accounts; null if there is none. */
async function readCache(file: string, accounts: string): Promise<Cache | null> {
  try {
    const kept = cacheSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return kept.accounts === accounts ? kept : null;
  } catch {
    return null;
  }
}

/** The words of pods: those kept less than a minute ago, else what the clouds list within two seconds. */
async function knownPods(settings: SettingFlags): Promise<string[]> {
  const config = readPersonConfig({ ...settings, GPU_MCP_LOG_LEVEL: 'silent' });
  // The simulator starts empty with each command.
  if (config.sandbox !== null) return [];
  const file = join(config.stateDir, CACHE);
  const accounts = accountsOf(config);
  const kept = await readCache(file, accounts);
  if (kept !== null && Math.abs(Date.now() - kept.at) < KEEP_MS) return kept.words;
  const { runtime, close } = await openRuntime(config);
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const pods = await Promise.all(runtime.clouds.all().map((cloud) => cloud.pods.list({ signal })));
    const words = podWords(pods.flat());
    await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
    await writeFile(file, JSON.stringify({ at: Date.now(), accounts, words }), { mode: 0o600 });
    return words;
  } catch {
    return kept?.words ?? [];
  } finally {
    await close();
  }
}

/** The values of options with a fixed set of values. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  '--only': ['real', 'sandbox'],
  '--scope': SCOPES,
  '--keys': KEY_HOMES,
  '--confirm': CONFIRM_MODES,
  '--results': RESULT_FORMS,
  '--log-level': LOG_LEVELS,
};

/** A line as typed so far: the words that are no option and no value of one, the settings it gives, an option that waits for its value. */
function readLine(command: Command | undefined, typed: readonly string[]) {
  const positional: string[] = [];
  const given: Record<string, unknown> = {};
  let waiting: Option | null = null;
  for (const word of typed) {
    if (waiting !== null) {
      given[waiting.attributeName()] = word;
      waiting = null;
      continue;
    }
    const [flag, value] = word.split(/=(.*)/s);
    const option = command?.options.find(({ long, short }) => flag === long || flag === short);
    if (option === undefined) {
      if (!word.startsWith('-')) positional.push(word);
    } else if (option.required && value === undefined) waiting = option;
    else given[option.attributeName()] = value ?? true;
  }
  return { positional, settings: flagsOf(given), waiting };
}

/** The names of a tool's arguments, each followed by `=`. */
const argumentsOf = (name: string | undefined): string[] =>
  Object.keys(TOOLS.find((tool) => tool.name === name)?.input.shape ?? {}).map((argument) => `${argument}=`);

/** The words that may follow the words typed so far (without the program's name), one that is begun left out. */
async function wordsAfter(program: Command, typed: readonly string[]): Promise<string[]> {
  const [name, ...rest] = typed;
  const commands = program.commands.filter((command) => !command.name().startsWith('completion-'));
  const names = [...commands.map((command) => command.name()), 'help'];
  if (name === undefined) return names;
  if (rest.includes('--')) return [];
  const command = commands.find((one) => one.name() === name);
  const { positional, settings, waiting } = readLine(command, rest);
  if (waiting !== null) return [...(VALUES[waiting.long ?? ''] ?? [])];
  const options = [...(command?.options ?? []).flatMap(({ long }) => long ?? []), '--help'];
  const isFirst = positional.length === 0;
  const own: Readonly<Record<string, () => Promise<string[]> | string[]>> = {
    ssh: () => (isFirst ? knownPods(settings) : []),
    watch: () => knownPods(settings),
    call: () => (isFirst ? TOOLS.map((tool) => tool.name) : argumentsOf(positional[0])),
    install: () => (isFirst ? [...CLIENTS.map(({ id }) => id), GENERIC] : []),
    uninstall: () => (isFirst ? CLIENTS.map(({ id }) => id) : []),
    completion: () => (isFirst ? [...SHELLS] : []),
    db: () => (isFirst ? (command?.commands ?? []).map((one) => one.name()) : []),
    help: () => (isFirst ? names : []),
  };
  return [...((await own[name]?.()) ?? []), ...options];
}

// The program is called by the word that stands on the line, so an alias or a path works, too. It offers only words of
// plain characters, and no shell evaluates them.
const BASH = `_gpu_cloud_mcp() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" word
  COMPREPLY=()
  while IFS= read -r word; do
    [[ "$word" == "$cur"* ]] && COMPREPLY+=("$word")
  done < <("\${COMP_WORDS[0]}" completion-words -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}
complete -o default -F _gpu_cloud_mcp gpu-cloud-mcp
`;

// A file of fpath is the body of the function of its name: it also has to complete on its first use.
const ZSH = `#compdef gpu-cloud-mcp
_gpu-cloud-mcp() {
  local -a offered
  offered=(\${(f)"$("\${words[1]}" completion-words -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)"})
  if (( $#offered )); then compadd -- $offered; else _files; fi
}
if [[ "\${funcstack[1]}" = _gpu-cloud-mcp ]]; then _gpu-cloud-mcp "$@"; else compdef _gpu-cloud-mcp gpu-cloud-mcp; fi
`;

const FISH = `function __gpu_cloud_mcp
  set -l typed (commandline -opc)
  $typed[1] completion-words -- $typed[2..-1] 2>/dev/null
end
complete -c gpu-cloud-mcp -f -a '(__gpu_cloud_mcp)'
`;

/** The script of each shell. */
const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };

/** `gpu-cloud-mcp completion SHELL`: prints the script that makes a shell complete this program. @throws ConfigError */
export async function completion(shell: string): Promise<void> {
  process.stdout.write(COMPLETION_SCRIPTS[readOption('completion', oneOf(SHELLS), shell)]);
}

/** The command that those scripts call: prints the words that may follow, one a line. Never fails, because a shell waits for it. */
export async function completionWords(program: Command, typed: readonly string[]): Promise<void> {
  const words = await wordsAfter(program, typed).catch(() => []);
  process.stdout.write(words.map((word) => `${word}\n`).join(''));
}
