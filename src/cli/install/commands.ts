import type { Command } from 'commander';
import { CLOUDS } from '../../clouds/index.ts';

/** Adds `install` and `uninstall`. Their code is loaded only when they run. */
export function addInstallCommands(program: Command): void {
  const install = program
    .command('install')
    .description('add the server to a client; asks if none is named')
    .argument(
      '[client]',
      'claude-code, claude-desktop, cursor, vscode, windsurf, codex, copilot-cli, gemini, opencode, goose, zed, cline, qwen-code, amp, lm-studio, other (prints an entry)',
    )
    .option('--scope <SCOPE>', 'user or project (this folder)', 'user')
    .option('--sandbox', 'the built-in simulator: no account, no money')
    .option('--http <URL>', 'a server that already runs, by its URL')
    .option('--keys <HOME>', 'env (names variables), file (private) or literal');
  for (const { id, title } of CLOUDS)
    install.option(`--${id}-key-file <PATH>`, `file that holds only the ${title} key`);
  install
    .option('--name <NAME>', 'name of the entry', 'gpu-cloud')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--no-verify', 'neither start the server nor try the keys')
    .option('--replace', 'let the simulator replace an entry with real keys')
    .option('--delete-keys', 'delete key files that no client uses any more')
    .action(async (client: string | undefined, options) =>
      (await import('./install.ts')).install(client, options),
    );
  program
    .command('uninstall')
    .description('take the server out of a client again')
    .argument('<client>', 'as for install')
    .option('--scope <SCOPE>', 'user: all your projects; project: the one in this folder', 'user')
    .option('--name <NAME>', 'name of the entry', 'gpu-cloud')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--delete-keys', 'delete private key files that no client uses any more')
    .action(async (client: string, options) => (await import('./install.ts')).uninstall(client, options));
}
