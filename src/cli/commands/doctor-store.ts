import { invoked } from '../invocation.ts';
import { bad, type Check, type DoctorDeps, good, type Outcome, skipped } from './doctor-check.ts';

const FIX =
  'Check GPU_MCP_STORE_URL, that PostgreSQL runs, and that it takes connections from this machine. Until then nothing that spends is sent.';

/** Asks a database who it is and where its schema stands. Changes nothing. */
async function look(url: string): Promise<Outcome> {
  const [{ createDatabase }, { schemaStatus, unfitness }] = await Promise.all([
    import('../../store/postgres/database.ts'),
    import('../../store/postgres/migrate.ts'),
  ]);
  const database = createDatabase(url);
  try {
    const status = await schemaStatus(database);
    const started = performance.now();
    const [row] = await database.read<{ version: string; durable: string }>(
      `select current_setting('server_version') as version, current_setting('synchronous_commit') as durable`,
    );
    const ms = Math.max(1, Math.round(performance.now() - started));
    const unfit = unfitness(status);
    const line = `Store: PostgreSQL ${row?.version.split(' ')[0]} at ${database.name} answers in ${ms} ms`;
    if (unfit !== null) return bad(`${line}, but ${unfit}`, 'Install the version of the other replicas.');
    if (row?.durable === 'off')
      return bad(
        `${line}, but may forget orders in a crash (synchronous_commit = off)`,
        'Set synchronous_commit to on for this database.',
      );
    const schema =
      status.pending.length === 0
        ? `schema ${status.version}`
        : `schema ${status.version}, which the first start or ${invoked()} db migrate updates to ${status.known}`;
    return good(`${line}, ${schema}, for all replicas`);
  } catch (error) {
    return bad(`Store: ${error instanceof Error ? error.message : String(error)}`, FIX);
  } finally {
    await database.close();
  }
}

/** Where orders, leases and consents are kept, and whether that answers. No user and no password is shown. */
function store({ settings: read }: DoctorDeps): Promise<Outcome> | Outcome {
  if ('problem' in read) return skipped('Store: not known while a setting is wrong');
  const { storeUrl } = read.config;
  return storeUrl === null
    ? good('Store: files in the state directory, for the processes of this machine')
    : look(storeUrl);
}

/** The check of the store. */
export const STORE_CHECK: Check = { id: 'store', run: store };
