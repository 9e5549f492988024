import { marked } from '../terminal/layout.ts';
import { findClient } from './clients/index.ts';
import { DEFAULT_NAME } from './entry.ts';
import { type Bench, type InstallFlags, openBench, scopeOf, showPlan } from './install.ts';
import { carryOut, planRemoval } from './plan.ts';

/** `gpu-cloud-mcp uninstall CLIENT`: removes our entry and nothing else, after a backup. @throws ConfigError */
export async function uninstall(
  id: string,
  flags: Pick<InstallFlags, 'scope' | 'name' | 'dryRun'>,
  bench: Bench = openBench(),
): Promise<void> {
  const client = findClient(id);
  const { place, script, print, paint, columns } = bench;
  const name = flags.name ?? DEFAULT_NAME;
  const plan = planRemoval({ client, place, scope: scopeOf(flags), name, script });
  if (plan === null) {
    print(`${client.title} has no server "${name}" in that file: nothing to remove.`);
    return;
  }
  showPlan(plan, bench);
  if (flags.dryRun === true) {
    print('Dry run: nothing was written. The same without --dry-run writes it.');
    return;
  }
  const { backup } = carryOut(plan, bench.now());
  const removed = `${client.title}: "${name}" is removed; everything else is as it was.`;
  print(marked(paint('good', '✓'), removed, columns));
  if (backup !== null) print(paint('dim', `  Backup: ${backup}`));
}
