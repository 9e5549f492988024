import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/sandbox/faults.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { agrees, type Harness, startHarness, VOLT_POD } from '../harness.ts';
import { listedAfterLook } from '../resources/listed.ts';
import { ASKING_CALLS, type Call, FAILING_CALLS, FREE_CALLS, GIVING_CALLS } from './calls.ts';
import { MARK, plant, secretsOf, VALUES } from './planted.ts';

// A secret that a cloud hides in ordinary words, in a form that no key has, looks like any other
// word. So keys, tokens and quoted passwords are planted everywhere, and arbitrary values where secrets belong:
// passwords, values of environment variables, new keys.

const ONE_TIME = /^api-key-/;

async function guarded(more: Parameters<typeof startHarness>[0] = {}): Promise<Harness & { out: string[] }> {
  const harness = await startHarness({
    state: 'files',
    elicit: agrees,
    env: { GPU_MCP_SECRET_GHCR: VALUES.registry },
    config: {
      GPU_MCP_MAX_JOB_USD: '1000',
      GPU_MCP_MAX_USD_PER_HOUR: '1000',
      GPU_MCP_MAX_PODS: '1000',
      GPU_MCP_LOG_LEVEL: 'debug',
    },
    ...more,
  });
  harness.world.ledger.setBalance('volt', 1e6);
  return { ...harness, out: [] };
}

/** Calls a tool and keeps everything it answers. An error of the protocol is an answer too. */
async function run({ call, world, out }: Harness & { out: string[] }, { tool, args }: Call): Promise<void> {
  try {
    const { structured, text, content } = await call(tool, args(world), {
      onProgress: (said) => out.push(said),
    });
    out.push(JSON.stringify(structured), text, JSON.stringify(content));
  } catch (error) {
    out.push(String(error), JSON.stringify(error));
  }
}

/** A call of each tool with such a name. */
const oneOfEach = (name: RegExp): Call[] => {
  const byTool = new Map([...FREE_CALLS, ...ASKING_CALLS].map((one) => [one.tool, one]));
  return [...byTool.values()].filter(({ tool }) => name.test(tool));
};

/** Everything that came out: answers, questions, the log as it is written, and the files but for the one-time ones. */
async function everythingOf({ out, asked, logs, runtime, stateDir, world }: Harness & { out: string[] }) {
  const files = await readdir(stateDir, { recursive: true, withFileTypes: true }).catch(() => []);
  const written: string[] = [];
  const oneTime: string[] = [];
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    // A draft is renamed as soon as it is written: it may be gone by now.
    if (file.name.endsWith('.draft')) continue;
    const text = await readFile(path, 'latin1');
    expect(((await stat(path)).mode & 0o777).toString(8), file.name).toBe('600');
    (ONE_TIME.test(file.name) ? oneTime : written).push(text);
  }
  const logged = logs.map((event) => runtime.redact(JSON.stringify(event)));
  const all = { answers: out, questions: asked, log: logged, files: written };
  const leaks = Object.entries(all).flatMap(([where, texts]) =>
    secretsOf(world)
      .filter((secret) => texts.some((text) => text.includes(secret)))
      .map((secret) => `${secret} in ${where}`),
  );
  return { leaks, oneTime, ...all };
}

describe('no secret comes out', () => {
  it('of the orders and leases on disk', async () => {
    const harness = await guarded();
    const { call, stateDir, world } = harness;
    const named = `volt_live_${MARK}a1b2c3`;
    const template = 'volt:template:tpl_custom_01';
    await call('update_template', { template, env_vars: { TOKEN: VALUES.env } });
    const login = { name: 'ghcr', registry: 'ghcr.io', username: 'me', password: VALUES.registry_literal };
    await call('add_docker_credential', login);
    world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'drop_after_commit' });
    await call('create_pod', { ...VOLT_POD, name: named, max_lifetime_hours: 3 });
    const found = await readdir(stateDir, { recursive: true });
    expect(found.filter((path) => /\/(orders|leases)\/\w+\.json$/.test(path))).toHaveLength(4);
    const texts = (await everythingOf(harness)).files;
    expect(
      texts.filter((text) => text.includes(VALUES.env) || text.includes(VALUES.registry_literal)),
    ).toEqual([]);
    // The order is found again by its name, which only has the form of a key.
    expect(texts.filter((text) => text.includes('"ends_at"') && text.includes(MARK))).toEqual([]);
  });

  it('of any tool', async () => {
    const harness = await guarded();
    plant(harness.world);
    for (const one of [...FREE_CALLS, ...ASKING_CALLS]) await run(harness, one);
    const tried = new Set([...FREE_CALLS, ...ASKING_CALLS].map(({ tool }) => tool));
    expect(TOOLS.filter(({ name }) => !tried.has(name)).map(({ name }) => name)).toEqual([]);
    const { leaks, oneTime, questions, files, log } = await everythingOf(harness);
    expect(leaks).toEqual([]);
    expect([questions.length > 20, files.length > 1, log.length > 100]).toEqual([true, true, true]);
    const { volt, nebula } = harness.world;
    const fresh = [...volt.api_keys, ...nebula.api_keys]
      .filter(({ name }) => name.toLowerCase().startsWith('ci'))
      .map(({ key }) => key);
    expect(oneTime.map((text) => text.trim()).sort()).toEqual(fresh.sort());
  });

  it('of any call that fails', async () => {
    const harness = await guarded();
    plant(harness.world);
    for (const one of FAILING_CALLS) await run(harness, one);
    const codes = harness.out.flatMap((text) => /"error":\{"code":"(\w+)"/.exec(text)?.[1] ?? []);
    expect(new Set(codes)).toEqual(new Set(['not_found', 'invalid_input', 'wrong_state']));
    expect((await everythingOf(harness)).leaks).toEqual([]);
  });

  it.each<FaultRule>([
    { kind: 'error_before', status: 500 },
    { kind: 'error_before', status: 401 },
    { kind: 'error_before', status: 403 },
    { kind: 'error_after_commit' },
    { kind: 'drop_after_commit' },
    { kind: 'rate_limit', retry_after: '3400' },
    { kind: 'garbage_json' },
    { kind: 'html', status: 200 },
  ])('of any tool whose cloud misbehaves: %j', async (fault) => {
    const harness = await guarded();
    plant(harness.world);
    for (const cloud of ['volt', 'nebula', 'inference'] as const) {
      for (const method of ['POST', 'PUT', 'DELETE', 'GET'])
        harness.world.faults.add({ ...fault, cloud, method, times: 1e6 });
    }
    for (const one of oneOfEach(/^(create|add|generate|list_p|get_t)/)) await run(harness, one);
    expect((await everythingOf(harness)).leaks).toEqual([]);
  });

  it('of any resource, its list, or a prompt', async () => {
    const harness = await guarded({ state: 'memory' });
    const { client, out, world } = harness;
    plant(world);
    const resources = await listedAfterLook(client, 5);
    out.push(JSON.stringify(resources));
    const pod = world.pods.list('nebula')[0]?.id;
    const uris = [
      ...resources.map(({ uri }) => uri),
      `gpu://nebula/pod/${pod}`,
      'gpu://volt/pod/none',
      'gpu://volt/job/none',
    ];
    for (const uri of uris) {
      const read = await client
        .readResource({ uri })
        .catch((error: unknown) => `${error} ${JSON.stringify(error)}`);
      out.push(JSON.stringify(read));
    }
    expect(uris.length).toBeGreaterThan(6);
    for (const { name } of (await client.listPrompts()).prompts) {
      const prompt = await client
        .getPrompt({ name, arguments: { gpu: 'H100', model: 'a/b', dataset: 'a/b', dataset_repo: 'a/b' } })
        .catch((error: unknown) => String(error));
      out.push(JSON.stringify(prompt));
    }
    out.push(JSON.stringify(await client.listTools()), JSON.stringify(await client.listResourceTemplates()));
    expect((await everythingOf(harness)).leaks).toEqual([]);
  });

  it('of completions, and of notifications of changes', async () => {
    const harness = await guarded({ state: 'memory' });
    const { client, out, world, time } = harness;
    plant(world);
    client.fallbackNotificationHandler = async (notification) => {
      out.push(JSON.stringify(notification));
    };
    const ask = async (ref: Parameters<typeof client.complete>[0]['ref'], name: string) => {
      const answer = await client
        .complete({ ref, argument: { name, value: '' } })
        .catch((error: unknown) => String(error));
      out.push(JSON.stringify(answer));
    };
    for (const { uriTemplate } of (await client.listResourceTemplates()).resourceTemplates) {
      for (const name of ['cloud', 'id']) await ask({ type: 'ref/resource', uri: uriTemplate }, name);
    }
    for (const prompt of (await client.listPrompts()).prompts) {
      for (const { name } of prompt.arguments ?? [])
        await ask({ type: 'ref/prompt', name: prompt.name }, name);
    }
    await client.subscribeResource({ uri: 'gpu://pods' }).catch((error: unknown) => out.push(String(error)));
    for (const { id } of world.pods.list('volt')) world.setPodState('volt', id, 'stopping');
    await time.advance(120);
    expect((await everythingOf(harness)).leaks).toEqual([]);
  });

  it('of a client that only gets tokens, or of a person who says no', async () => {
    const tokens = await guarded({ elicit: undefined as never });
    plant(tokens.world);
    for (const one of ASKING_CALLS) await run(tokens, one);
    // The plan is the same: what a no adds is tried on the calls that hold a secret of the person.
    const refusing = await guarded({ elicit: () => 'no' });
    plant(refusing.world);
    for (const one of GIVING_CALLS) await run(refusing, one);
    expect(tokens.out.join('\n')).toContain('confirmation_required');
    expect(refusing.out.join('\n')).toContain('declined');
    expect((await everythingOf(tokens)).leaks).toEqual([]);
    expect((await everythingOf(refusing)).leaks).toEqual([]);
  });
});

it('the search would find one, were there one', async () => {
  const harness = await guarded();
  plant(harness.world);
  harness.out.push(`found: ${VALUES.vm}`);
  harness.logs.push({ msg: VALUES.env });
  expect((await everythingOf(harness)).leaks).toEqual([`${VALUES.vm} in answers`, `${VALUES.env} in log`]);
});
