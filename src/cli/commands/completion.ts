import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { openRuntime } from '../../app.ts';
import type { SettingFlags } from '../../config/read.ts';
import { choose } from '../../config/values.ts';
import type { Clouds } from '../../core/cloud.ts';
import { TOOLS } from '../../tools/index.ts';
import { CLIENT_IDS } from '../install/clients/index.ts';
import { writeAtomically } from '../install/save.ts';
import { readPersonConfig, stateDirOf } from '../person-config.ts';

/** The shells that completion exists for. */
const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

const CACHE = 'completion.json';
const KEEP_MS = 60_000;
/** Somebody waits at the keyboard. */
const PATIENCE_MS = 2_000;
// Names come from clouds, and shells evaluate words: others are not offered.
const PLAIN_WORD = /^[A-Za-z0-9_@.+-]{1,128}$/;

const cacheSchema = z.object({ at: z.number(), words: z.array(z.string()) });
type Cache = z.infer<typeof cacheSchema>;

/** What a person may type for pods: each name that only one has, else the id. */
export function podWords(pods: readonly { id: string; name: string | null }[]): string[] {
  const words = pods.map(({ id, name }) => {
    const isOwn = name !== null && name !== '' && pods.filter((pod) => pod.name === name).length === 1;
    return isOwn && PLAIN_WORD.test(name) ? name : id;
  });
  return [...new Set(words.filter((word) => PLAIN_WORD.test(word)))].sort();
}

async function readCache(stateDir: string): Promise<Cache | null> {
  try {
    return cacheSchema.safeParse(JSON.parse(await readFile(join(stateDir, CACHE), 'utf8'))).data ?? null;
  } catch {
    return null;
  }
}

/** Reads the pods of all clouds and keeps their words for completion. Clouds that cannot be read change nothing. */
export async function rememberPods(stateDir: string, clouds: Clouds, signal: AbortSignal): Promise<string[]> {
  try {
    const pods = await Promise.all(clouds.all().map((cloud) => cloud.pods.list({ signal })));
    const words = podWords(pods.flat());
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    writeAtomically(join(stateDir, CACHE), JSON.stringify({ at: Date.now(), words }), 0o600);
    return words;
  } catch {
    return (await readCache(stateDir))?.words ?? [];
  }
}

/** The words of pods: those kept less than a minute ago, else what the clouds list within two seconds. */
async function knownPods(): Promise<string[]> {
  const settings: SettingFlags = { GPU_MCP_LOG_LEVEL: 'silent' };
  const stateDir = stateDirOf(settings);
  const kept = await readCache(stateDir);
  if (kept !== null && Math.abs(Date.now() - kept.at) < KEEP_MS) return kept.words;
  const { runtime, close } = await openRuntime(readPersonConfig(settings));
  try {
    return await rememberPods(stateDir, runtime.clouds, AbortSignal.timeout(PATIENCE_MS));
  } finally {
    await close();
  }
}

/** The words that may follow the words typed so far (without the program's name), one that is begun left out. */
async function wordsAfter(program: Command, typed: readonly string[]): Promise<string[]> {
  const [name, ...rest] = typed;
  const commands = program.commands.filter((command) => !command.name().startsWith('completion-'));
  if (name === undefined) return commands.map((command) => command.name());
  if (rest.includes('--')) return [];
  const command = commands.find((one) => one.name() === name);
  const options = (command?.options ?? []).flatMap(({ long }) => long ?? []);
  const given = rest.filter((word) => !word.startsWith('-')).length;
  if (name === 'ssh' && given === 0) return [...(await knownPods()), ...options];
  if (name === 'watch') return [...(await knownPods()), ...options];
  if (name === 'call' && given === 0) return [...TOOLS.map((tool) => tool.name), ...options];
  if ((name === 'install' || name === 'uninstall') && given === 0)
    return [...CLIENT_IDS.split(', '), ...options];
  if (name === 'completion' && given === 0) return [...SHELLS];
  if (name === 'help') return commands.map((one) => one.name());
  return options;
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
complete -F _gpu_cloud_mcp gpu-cloud-mcp
`;

const ZSH = `#compdef gpu-cloud-mcp
_gpu_cloud_mcp() {
  local -a offered
  offered=("\${(@f)$("\${words[1]}" completion-words -- "\${(@)words[2,CURRENT-1]}" 2>/dev/null)}")
  compadd -- $offered
}
compdef _gpu_cloud_mcp gpu-cloud-mcp
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
  process.stdout.write(COMPLETION_SCRIPTS[choose('completion', SHELLS, shell)]);
}

/** What those scripts call: the words that may follow, one a line. Never fails: a shell in the middle of a line waits. */
export async function completionWords(program: Command, typed: readonly string[]): Promise<void> {
  const words = await wordsAfter(program, typed).catch(() => []);
  process.stdout.write(words.map((word) => `${word}\n`).join(''));
}
