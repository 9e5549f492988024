import type { Command } from 'commander';
import { CLOUDS } from '../../clouds/index.ts';

/** Adds `install` and `uninstall`. Their code is loaded only when they run. */
export function addInstallCommands(program: Command): void {
  const install = program
    .command('install')
    .description('add the server to a client; asks where none is named')
    .argument(
      '[client]',
      'claude-code, claude-desktop, cursor, vscode, windsurf, codex, copilot-cli, gemini, opencode, goose, zed, cline, qwen-code, amp, lm-studio, or other for an entry to paste; without one, asks for everything',
    )
    .option('--scope <SCOPE>', 'user: all your projects; project: the one in this folder', 'user')
    .option('--sandbox', 'the built-in simulator: no account, no money')
    .option('--http <URL>', 'a server that already runs, by its URL')
    .option(
      '--keys <HOME>',
      'where keys live: env (the entry names variables), file (private file), literal (plain text in the configuration)',
    );
  for (const { id, title } of CLOUDS)
    install.option(`--${id}-key-file <PATH>`, `file that holds only the ${title} key`);
  install
    .option('--name <NAME>', 'name of the entry', 'gpu-cloud')
    .option('--dry-run', 'show what would change and write nothing')
    .option('--no-verify', 'do not start the server once, and do not try the keys')
    .option('--replace', 'let the simulator take the place of an entry that works on real accounts')
    .option('--delete-keys', 'delete private key files that no client uses any more')
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
    .action(async (client: string, options) => (await import('./uninstall.ts')).uninstall(client, options));
}
