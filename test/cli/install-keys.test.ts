import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DRY_RUN, install, uninstall } from '../../src/cli/install/install.ts';
import { stayText, WOULD_CLEAN } from '../../src/cli/install/key-cleanup.ts';
import { storedKeys, withStoredKeys } from '../../src/cli/install/stored-keys.ts';
import { OFFLINE_WORD, tryKeys } from '../../src/cli/install/verify.ts';
import { ConfigError } from '../../src/config/read.ts';
import { serveSandbox } from '../../src/sandbox/serve.ts';
import { naming } from '../facts.ts';
import { cursorFile, entryIn, NEBULA_KEY, type TestBench, testBench, VOLT_KEY } from './install-bench.ts';

const voltFile = ({ stateDir }: TestBench): string => join(stateDir, 'keys', 'volt');
const found = ({ place, stateDir, script }: TestBench) => storedKeys(place, stateDir, script);
/** What was printed since the last time, on one line. */
const said = ({ printed }: TestBench) => printed.splice(0).join(' ').replace(/\s+/g, ' ');

afterEach(() => {
  process.exitCode = undefined;
});

describe('stored keys', () => {
  it('are found in the private file that install made, with where they are', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    expect(found(bench)).toEqual([]);
    await install('zed', {}, bench);
    bench.place = { ...bench.place, env: {} };
    expect(found(bench)).toEqual([
      {
        cloud: 'volt',
        variable: 'VOLT_API_KEY_FILE',
        path: voltFile(bench),
        from: expect.stringContaining(voltFile(bench)),
      },
    ]);
    expect(JSON.stringify(found(bench))).not.toContain('canary');
  });

  it('are found in a file of the person that an installed entry names', async () => {
    const bench = testBench({});
    const own = bench.put(join(bench.home, 'my.key'), NEBULA_KEY);
    await install('opencode', { nebulaKeyFile: own }, bench);
    expect(found(bench)).toMatchObject([
      { cloud: 'nebula', path: own, from: expect.stringContaining('opencode') },
    ]);
  });

  it('fill in for clouds whose key is not set, and for no other', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY, NEBULA_API_KEY: NEBULA_KEY });
    await install('zed', {}, bench);
    const env = { VOLT_API_KEY: 'volt_another' };
    const { env: filled, added } = withStoredKeys({ ...bench.place, env }, bench.stateDir, bench.script);
    expect(filled).toEqual({ ...env, NEBULA_API_KEY_FILE: join(bench.stateDir, 'keys', 'nebula') });
    expect(added.map(({ cloud }) => cloud)).toEqual(['nebula']);
  });

  it('serve the next client that is installed', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    await install('zed', {}, bench);
    bench.place = { ...bench.place, env: {} };
    await install('cursor', {}, bench);
    expect(entryIn(cursorFile(bench.home)).env).toEqual({ VOLT_API_KEY_FILE: voltFile(bench) });
    expect(bench.tried).toEqual([`volt ${VOLT_KEY}`, `volt ${VOLT_KEY}`]);
  });
});

describe('a key that no client uses any more', () => {
  const installed = async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    await install('zed', {}, bench);
    await install('claude-desktop', {}, bench);
    bench.printed.length = 0;
    return bench;
  };

  it('is named after the last client is removed, and is kept', async () => {
    const bench = await installed();
    await uninstall('zed', {}, bench);
    expect(said(bench)).not.toContain(stayText(voltFile(bench), true, false));
    await uninstall('claude-desktop', {}, bench);
    expect(said(bench)).toContain(stayText(voltFile(bench), true, false));
    expect(existsSync(voltFile(bench))).toBe(true);
  });

  it('is deleted by --delete-keys, or if the person says so', async () => {
    const first = await installed();
    await uninstall('zed', { deleteKeys: true }, first);
    expect(existsSync(voltFile(first))).toBe(true);
    await uninstall('claude-desktop', { deleteKeys: true }, first);
    expect(existsSync(voltFile(first))).toBe(false);
    const second = await installed();
    await uninstall('zed', {}, second);
    for (const answer of [false, true]) {
      second.ask = async () => answer;
      await uninstall('claude-desktop', {}, second);
      expect(existsSync(voltFile(second))).toBe(!answer);
    }
  });

  it('is not deleted if a client file cannot be read: an entry there may still use it', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    await install('zed', {}, bench);
    const broken = bench.put(cursorFile(bench.home), '{ "mcpServers": ');
    bench.ask = async () => true;
    await uninstall('zed', { deleteKeys: true }, bench);
    expect(existsSync(voltFile(bench))).toBe(true);
    expect(bench.printed.join(' ').replace(/\s+/g, ' ')).toContain(broken);
    expect(process.exitCode).toBe(1);
  });

  it('is not deleted if nothing was removed and nobody was asked', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    await install('zed', { scope: 'project' }, bench);
    bench.place = { ...bench.place, cwd: bench.home };
    await uninstall('cursor', { deleteKeys: true }, bench);
    expect(existsSync(voltFile(bench))).toBe(true);
    expect(bench.printed.join(' ').replace(/\s+/g, ' ')).toContain(voltFile(bench));
    bench.ask = async () => true;
    await uninstall('cursor', { deleteKeys: true }, bench);
    expect(existsSync(voltFile(bench))).toBe(false);
  });

  it('is offered for deletion when the simulator takes its place', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    await install('zed', {}, bench);
    await install('zed', { sandbox: true, replace: true, deleteKeys: true }, bench);
    expect(existsSync(voltFile(bench))).toBe(false);
  });
});

describe('a dry run', () => {
  it('says that a key would be stored again, and then there is nothing to change', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    await install('zed', {}, bench);
    bench.place = { ...bench.place, env: { VOLT_API_KEY: `${VOLT_KEY}5` } };
    said(bench);
    await install('zed', { dryRun: true }, bench);
    expect(said(bench)).toContain(DRY_RUN.would_write);
    await install('zed', {}, bench);
    said(bench);
    expect(readFileSync(voltFile(bench), 'utf8')).toBe(`${VOLT_KEY}5\n`);
    await install('zed', { dryRun: true }, bench);
    expect(said(bench)).toContain(DRY_RUN.no_change);
  });

  it.each([{ sandbox: true }, { http: 'http://127.0.0.1:8484/mcp' }])(
    'of %j instead of real accounts says what happens to the key, and it happens',
    async (target) => {
      const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
      await install('zed', {}, bench);
      said(bench);
      const flags = { ...target, replace: true, deleteKeys: true };
      await install('zed', { ...flags, dryRun: true }, bench);
      expect(said(bench)).toContain(WOULD_CLEAN.delete(voltFile(bench)));
      expect(existsSync(voltFile(bench))).toBe(true);
      await install('zed', flags, bench);
      expect(existsSync(voltFile(bench))).toBe(false);
    },
  );

  it('says that the simulator would be refused the place of real accounts, or that it asks', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    await install('zed', {}, bench);
    await install('zed', { sandbox: true, dryRun: true }, bench);
    expect(said(bench)).toContain(DRY_RUN.refused);
    bench.ask = async () => false;
    await install('zed', { sandbox: true, dryRun: true }, bench);
    expect(said(bench)).toContain(DRY_RUN.asks);
    await uninstall('zed', { dryRun: true }, bench);
    expect(said(bench)).toContain(WOULD_CLEAN.ask(voltFile(bench)));
    expect(existsSync(voltFile(bench))).toBe(true);
  });
});

describe('an entry that works on real accounts', () => {
  it.each([
    '{"command": "gpu-cloud-mcp", "env": {"VOLT_API_KEY": "volt_canary_of_mine"}}',
    '{"command": "npx", "args": ["-y", "gpu-cloud-mcp"]}',
  ])('is not replaced by the simulator without a question or a flag: %s', async (entry) => {
    for (const name of ['gpu-cloud', 'gpu-cloud-mcp']) {
      const bench = testBench({});
      const text = `{"mcpServers": {"${name}": ${entry}}}`;
      const file = bench.put(cursorFile(bench.home), text);
      await expect(install('cursor', { sandbox: true }, bench)).rejects.toThrow(/--replace/);
      bench.ask = async () => false;
      await expect(install('cursor', { sandbox: true }, bench)).rejects.toThrow(ConfigError);
      expect(readFileSync(file, 'utf8')).toBe(text);
      bench.ask = async () => true;
      await install('cursor', { sandbox: true }, bench);
      expect(readFileSync(file, 'utf8')).toContain('--sandbox');
      expect(readFileSync(file, 'utf8')).not.toContain('canary');
    }
  });

  it.each([
    '{"command": "npx", "args": ["-y", "gpu-cloud-mcp", "serve", "--sandbox"]}',
    '{"command": "gpu-cloud-mcp", "env": {"GPU_MCP_SANDBOX": "true"}}',
  ])('is not what the simulator is: %s', async (entry) => {
    const bench = testBench({});
    bench.put(cursorFile(bench.home), `{"mcpServers": {"gpu-cloud": ${entry}}}`);
    await install('cursor', { sandbox: true }, bench);
    expect(bench.verified).toHaveLength(1);
  });
});

describe('one read with each key', () => {
  async function tried(volt: string, nebula: string, url?: string, patienceMs?: number) {
    const sandbox = await serveSandbox({ port: 0, speed: 1 });
    const env = {
      VOLT_BASE_URL: url ?? sandbox.volt.baseUrl,
      NEBULA_BASE_URL: url ?? sandbox.nebula.baseUrl,
      NEBULA_INFERENCE_URL: url ?? sandbox.nebula.inferenceUrl,
    };
    const keys = [
      { cloud: 'volt' as const, key: volt === 'right' ? sandbox.volt.apiKey : volt },
      { cloud: 'nebula' as const, key: nebula === 'right' ? sandbox.nebula.apiKey : nebula },
    ];
    try {
      return await tryKeys(keys, { ...testBench({}).place, env }, patienceMs);
    } finally {
      await sandbox.close();
    }
  }

  it('says that the keys are accepted, and the balance when the cloud reports it', async () => {
    const [volt, nebula] = await tried('right', 'right');
    expect([volt?.ok, nebula?.ok]).toEqual([true, true]);
    expect(nebula?.text).toMatch(/\$\d+\.\d\d\b/);
  });

  it('says that a made-up key is refused, where to get another, and never repeats it', async () => {
    const trials = await tried(VOLT_KEY, NEBULA_KEY);
    expect(trials.map(({ ok }) => ok)).toEqual([false, false]);
    for (const { text } of trials) expect(text).toMatch(/https:\/\//);
    expect(JSON.stringify(trials)).not.toContain('canary');
  });

  it('says that a key was not tried if nobody answers, and why', async () => {
    const trials = await tried(VOLT_KEY, NEBULA_KEY, 'http://127.0.0.1:9', 3_000);
    expect(trials.map(({ ok }) => ok)).toEqual([null, null]);
    for (const { text } of trials) expect(text).toContain('ECONNREFUSED');
  });

  it.each([
    [503, null, ['HTTP 503']],
    [429, null, ['Volt']],
    [403, false, ['HTTP 403']],
    [0, null, [OFFLINE_WORD, '0.5']],
  ])('says the real cause of a reply with status %i, at once', async (status, ok, names) => {
    const cloud = createServer((_request, response) => {
      if (status !== 0) response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
    }).listen(0, '127.0.0.1');
    await once(cloud, 'listening');
    const address = cloud.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const place = { ...testBench({}).place, env: { VOLT_BASE_URL: `http://127.0.0.1:${port}` } };
    try {
      const [trial] = await tryKeys([{ cloud: 'volt', key: VOLT_KEY }], place, 500);
      expect(trial).toEqual({ ok, text: expect.stringMatching(naming(...names)) });
      expect(trial?.text.includes(OFFLINE_WORD)).toBe(status === 0);
      expect(trial?.text).not.toContain('canary');
    } finally {
      cloud.closeAllConnections();
      cloud.close();
    }
  });

  it('fails the command if a key is refused', async () => {
    const bench = testBench({ VOLT_API_KEY: VOLT_KEY });
    mkdirSync(join(bench.home, '.cursor'));
    bench.tryKeys = async () => [{ ok: false, text: 'Volt: the key is refused.' }];
    await install('cursor', {}, bench);
    expect(process.exitCode).toBe(1);
    expect(bench.printed.join('\n')).toContain('✗ Volt');
  });
});
