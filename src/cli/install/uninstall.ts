import { ConfigError } from '../../config/read.ts';
import { marked } from '../terminal/layout.ts';
import { type Bench, openBench } from './bench.ts';
import { CLIENT_IDS, findClient, meantClients } from './clients/index.ts';
import { DEFAULT_NAME } from './entry.ts';
import type { InstallFlags } from './flags.ts';
import { scopeOf } from './install.ts';
import { offerToDeleteKeys, plannedCleanup } from './key-cleanup.ts';
import { carryOut, planRemoval } from './plan.ts';
import { showPlan } from './report.ts';

const unknown = (id: string): ConfigError =>
  new ConfigError(
    `"${id}" is not a client that this installer knows.${meantClients(id) ?? ''} Known: ${CLIENT_IDS}.`,
  );

/**
 * `gpu-cloud-mcp uninstall CLIENT`: removes our entries (those of earlier versions had another name) and nothing else,
 * after a backup, and offers to delete keys that no client uses any more. @throws ConfigError
 */
export async function uninstall(
  id: string,
  flags: Pick<InstallFlags, 'scope' | 'name' | 'dryRun' | 'deleteKeys'>,
  bench: Bench = openBench(),
): Promise<void> {
  const client = findClient(id);
  if (client === undefined) throw unknown(id);
  const { place, script, print, paint, columns } = bench;
  const name = flags.name ?? DEFAULT_NAME;
  const plans = planRemoval({ client, place, scope: scopeOf(flags), name, script });
  if (plans.length === 0) print(`${client.title} has no server "${name}" in that file: nothing to remove.`);
  for (const plan of plans) showPlan(plan, bench);
  if (flags.dryRun === true) {
    if (plans.length > 0) print('Dry run: nothing was written. The same without --dry-run writes it.');
    const cleanup = plannedCleanup(flags, bench, plans);
    if (cleanup !== null) print(marked(' ', cleanup, columns));
    return;
  }
  for (const plan of plans) {
    const { backup } = carryOut(plan, bench.now());
    const names = plan.names.map((one) => `"${one}"`).join(' and ');
    const removed = `${client.title}: ${names} ${plan.names.length === 1 ? 'is' : 'are'} removed; everything else is as it was.`;
    print(marked(paint('good', '✓'), removed, columns));
    if (backup !== null) print(paint('dim', `  Backup: ${backup}`));
  }
  await offerToDeleteKeys(flags, bench, plans.length > 0);
}
