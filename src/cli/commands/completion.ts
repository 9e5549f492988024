import type { Command } from 'commander';
import { choose } from '../../config/errors.ts';
import { COMPLETION_SCRIPTS } from '../completion/scripts.ts';
import { SHELLS, wordsAfter } from '../completion/words.ts';

/** `gpu-cloud-mcp completion SHELL`: prints the script that makes a shell complete this program. @throws ConfigError */
export async function completion(shell: string): Promise<void> {
  process.stdout.write(COMPLETION_SCRIPTS[choose('completion', SHELLS, shell)]);
}

/** What those scripts call: the words that may follow, one a line. Never fails: a shell in the middle of a line waits. */
export async function completionWords(program: Command, typed: readonly string[]): Promise<void> {
  const words = await wordsAfter(program, typed).catch(() => []);
  process.stdout.write(words.map((word) => `${word}\n`).join(''));
}
