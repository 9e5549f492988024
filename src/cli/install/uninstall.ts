import { ConfigError } from '../../config/read.ts';
import { marked } from '../terminal/layout.ts';
import { type Bench, openBench } from './bench.ts';
import { CLIENT_IDS, findClient, nearClients } from './clients/index.ts';
import { DEFAULT_NAME } from './entry.ts';
import { type InstallFlags, scopeOf } from './install.ts';
import { carryOut, planRemoval } from './plan.ts';
import { offerToDeleteKeys, showPlan } from './report.ts';

function unknown(id: string): ConfigError {
  const near = nearClients(id);
  const hint = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
  return new ConfigError(`"${id}" is not a client that this installer knows.${hint} Known: ${CLIENT_IDS}.`);
}

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
    print('Dry run: nothing was written. The same without --dry-run writes it.');
    return;
  }
  for (const plan of plans) {
    const { backup } = carryOut(plan, bench.now());
    const removed = `${client.title}: "${name}" is removed; everything else is as it was.`;
    print(marked(paint('good', '✓'), removed, columns));
    if (backup !== null) print(paint('dim', `  Backup: ${backup}`));
  }
  await offerToDeleteKeys(flags, bench, plans.length > 0);
}
