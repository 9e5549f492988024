import { ConfigError, readKeyless } from '../../config/read.ts';
import { invoked } from '../invocation.ts';

/** The database connection of `db`. Only these commands load the driver. */
async function withDatabase(
  act: (modules: {
    database: import('../../store/postgres/database.ts').Database;
    schema: typeof import('../../store/postgres/migrate.ts');
  }) => Promise<void>,
): Promise<void> {
  const { storeUrl } = readKeyless();
  if (storeUrl === null)
    throw new ConfigError(
      'There is no database: set GPU_MCP_STORE_URL or GPU_MCP_STORE_URL_FILE to an address postgres://…. Without it state lies in files, which need no migration.',
    );
  const [{ createDatabase }, schema] = await Promise.all([
    import('../../store/postgres/database.ts'),
    import('../../store/postgres/migrate.ts'),
  ]);
  const database = createDatabase(storeUrl);
  try {
    await act({ database, schema });
  } finally {
    await database.close();
  }
}

/** `gpu-cloud-mcp db migrate`: updates the schema of the store. @throws ConfigError without an address */
export const dbMigrate = (): Promise<void> =>
  withDatabase(async ({ database, schema: { migrate, schemaStatus } }) => {
    const took = await migrate(database);
    const { version } = await schemaStatus(database);
    const done = took.length === 0 ? 'nothing to do' : `applied ${took.join(', ')}`;
    process.stdout.write(`${database.name}: ${done}; schema gpu_mcp has version ${version}.\n`);
  });

/**
 * `gpu-cloud-mcp db status`: the version of the schema; exit code 1 if this program cannot run on it or would change it
 * first. @throws ConfigError without an address
 */
export const dbStatus = (json: boolean): Promise<void> =>
  withDatabase(async ({ database, schema: { schemaStatus, unfitness } }) => {
    const status = await schemaStatus(database);
    const { version, known, pending } = status;
    const unfit = unfitness(status);
    if (unfit !== null || pending.length > 0) process.exitCode = 1;
    const next =
      unfit ??
      (pending.length > 0
        ? `missing ${pending.join(', ')}: run ${invoked()} db migrate, or start a server, which does it`
        : 'up to date');
    const text = `${database.name}: schema gpu_mcp has version ${version}, this program knows ${known}; ${next}.`;
    process.stdout.write(json ? `${JSON.stringify({ ...status, unfit })}\n` : `${text}\n`);
  });
