import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { CLOUDS, keyFormsOf } from '../../src/clouds/index.ts';
import { createRedactor } from '../../src/outbound/redact.ts';
import { AUDIT_FILE, createAuditLog, OLDER_AUDIT_FILE, readAudit } from '../../src/store/audit.ts';
import type { AuditLine } from '../../src/store/records.ts';
import { modeOf, stateDirectory } from './directory.ts';

const FORMS = keyFormsOf(CLOUDS);

const ROTATE_BYTES = 5 * 1024 * 1024;

const entry = (parts: Partial<AuditLine> = {}): AuditLine => ({
  at: '2026-03-28T12:00:00.000Z',
  session: 's',
  tool: 'create_pod',
  ref: null,
  summary: 'Rent a pod.',
  usd_per_hour: 0.39,
  usd_upfront: 0,
  answer: 'person',
  outcome: 'done',
  ...parts,
});
const plain = (text: string) => text;
const lines = async (dir: string, name = AUDIT_FILE): Promise<AuditLine[]> =>
  (await readFile(join(dir, name), 'utf8'))
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));

describe('the audit log', () => {
  it('has one JSON line an entry, in a private file in a private directory', async () => {
    const dir = await stateDirectory();
    const audit = createAuditLog(dir, plain);
    await audit.write(entry());
    await audit.write(entry({ tool: 'delete_pod', summary: 'a\nb', outcome: 'declined' }));
    expect(await lines(dir)).toEqual([
      entry(),
      entry({ tool: 'delete_pod', summary: 'a\nb', outcome: 'declined' }),
    ]);
    expect([await modeOf(dir), await modeOf(join(dir, AUDIT_FILE))]).toEqual(['700', '600']);
  });

  it('keeps secrets out of every field of the entry', async () => {
    const dir = await stateDirectory();
    const audit = createAuditLog(dir, createRedactor(['volt_live_secret', 'hunter2!'], FORMS));
    await audit.write(
      entry({ summary: 'key volt_live_secret', ref: 'volt:pod:hunter2!', outcome: 'volt_other_key_1234' }),
    );
    const text = await readFile(join(dir, AUDIT_FILE), 'utf8');
    expect(text).not.toMatch(/volt_live_secret|hunter2|other_key/);
    expect(JSON.parse(text)).toMatchObject({ tool: 'create_pod' });
  });

  it('moves to audit.1.jsonl at 5 MiB, replacing the one before it', async () => {
    const dir = await stateDirectory();
    await mkdir(dir);
    await writeFile(join(dir, 'audit.1.jsonl'), 'older');
    await writeFile(join(dir, AUDIT_FILE), `${JSON.stringify(entry({ session: 'old' }))}\n`);
    const audit = createAuditLog(dir, plain);
    await audit.write(entry());
    expect(await readFile(join(dir, 'audit.1.jsonl'), 'utf8')).toBe('older');
    await truncate(join(dir, AUDIT_FILE), ROTATE_BYTES);
    await audit.write(entry({ session: 'new' }));
    expect(await lines(dir)).toEqual([entry({ session: 'new' })]);
    expect((await readFile(join(dir, 'audit.1.jsonl'))).length).toBe(ROTATE_BYTES);
    expect(await modeOf(join(dir, AUDIT_FILE))).toBe('600');
  });

  it('loses no line when many write at once, also while it moves', async () => {
    const dir = await stateDirectory();
    await mkdir(dir);
    await writeFile(join(dir, AUDIT_FILE), Buffer.alloc(ROTATE_BYTES));
    const audit = createAuditLog(dir, plain);
    await Promise.all(Array.from({ length: 25 }, (_, n) => audit.write(entry({ session: `s${n}` }))));
    expect(await lines(dir)).toHaveLength(25);
    expect((await readFile(join(dir, 'audit.1.jsonl'))).length).toBe(ROTATE_BYTES);
  });

  it('rejects when it cannot write, and writes again once it can', async () => {
    const dir = await stateDirectory();
    await writeFile(dir, 'a file in the way');
    const audit = createAuditLog(dir, plain);
    await expect(audit.write(entry())).rejects.toThrow();
    await rm(dir);
    await audit.write(entry({ session: 'later' }));
    expect(await lines(dir)).toEqual([entry({ session: 'later' })]);
  });

  it('begins a line of its own behind a torn one', async () => {
    const dir = await stateDirectory();
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, AUDIT_FILE), '{"at":"torn');
    await createAuditLog(dir, plain).write(entry());
    expect(await readAudit(dir)).toEqual({ lines: [entry()], unreadable: 1 });
  });

  it('stays whole when two processes write and the file moves under them', async () => {
    const dir = await stateDirectory();
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, AUDIT_FILE), `${JSON.stringify(entry({ session: 'first' }))}\n`);
    const worker = join(dir, 'worker.mjs');
    await build({
      stdin: {
        contents: `import { createAuditLog } from './src/store/audit.ts';
          const [dir, name] = process.argv.slice(2);
          const log = createAuditLog(dir, (text) => text);
          const line = ${JSON.stringify(entry())};
          await Promise.all(Array.from({ length: 60 }, (_, n) => log.write({ ...line, session: name + n })));`,
        resolveDir: process.cwd(),
        loader: 'ts',
      },
      outfile: worker,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    await truncate(join(dir, AUDIT_FILE), ROTATE_BYTES);
    const codes = ['a', 'b', 'c'].map(async (name) => {
      const [code] = await once(spawn(process.execPath, [worker, dir, name]), 'exit');
      return code;
    });
    expect(await Promise.all(codes)).toEqual([0, 0, 0]);
    expect((await readFile(join(dir, OLDER_AUDIT_FILE))).length).toBeGreaterThanOrEqual(ROTATE_BYTES);
    const found = await readAudit(dir);
    expect(new Set(found.lines.map(({ session }) => session)).size).toBe(181);
  });
});
