import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { NO_PRICE } from '../../src/core/plan.ts';
import { createJob } from '../../src/sandbox/volt/jobs.ts';
import { CASES, GATED_CASES } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { SECRETS } from '../../testbed/testbed.ts';
import { numbersIn, toolsIn } from '../facts.ts';
import { agrees, type Called, startHarness, VOLT_POD } from '../harness.ts';

const REF = /\b(?:volt|nebula):[a-z_]+:[\w.-]*\w/g;
const refsIn = (text: string): string[] => [...new Set(text.match(REF) ?? [])];
const bare = (text: string): string => text.replace(/\s+/g, ' ');

/** Numbers as they may be written in text: with cents, or as they are. */
const spellings = (value: number): string[] => [
  String(value),
  value.toFixed(2),
  String(Number(value.toFixed(4))),
];

/** What no reader needs to see twice: how a figure is written out, and what is only ever for programs. */
const NOT_FIGURES = new Set(['retry_after_seconds', 'count', 'total']);

interface Facts {
  numbers: [path: string, value: number][];
  sentences: [path: string, value: string][];
}

/** Every figure and sentence of a structured result: numbers, warnings, next steps, paths, what happened. */
function factsOf(value: unknown, path = ''): Facts {
  const name = path.split('.').findLast((part) => !/^\d+$/.test(part)) ?? '';
  if (typeof value === 'number' && !NOT_FIGURES.has(name)) return { numbers: [[path, value]], sentences: [] };
  const says =
    /^(?:warnings|effects|consequences|summary|basis|message|next|note|notices|changes|file|files|path|secret_file|hint|token|reply|text)$/;
  if (typeof value === 'string' && says.test(name)) return { numbers: [], sentences: [[path, value]] };
  if (typeof value !== 'object' || value === null) return { numbers: [], sentences: [] };
  const parts = Object.entries(value).map(([key, inner]) =>
    factsOf(inner, path === '' ? key : `${path}.${key}`),
  );
  return {
    numbers: parts.flatMap(({ numbers }) => numbers),
    sentences: parts.flatMap(({ sentences }) => sentences),
  };
}

/** What one form of a result says and the other does not. */
function missing({ text, structured }: Called): string[] {
  const json = JSON.stringify(structured);
  const words = bare(text);
  const { numbers, sentences } = factsOf(structured);
  // Amounts of a plan are part of its sentences; the rest is written separately.
  const isFree = ([path]: [string, number]) => !/^plan\.cost/.test(path);
  const figures = (words.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
  const inWords = (value: number) =>
    spellings(value).some((spelling) => words.includes(spelling)) || figures.includes(value);
  const dollars = [...words.matchAll(/\$(\d+\.\d+)/g)].map(([, amount = '']) => amount);
  const inJson = (amount: string) =>
    json.includes(amount) ||
    json.includes(String(Number(amount))) ||
    numbers.some(([, value]) => value.toFixed(2) === amount);
  return [
    ...refsIn(json)
      .filter((ref) => !words.includes(ref))
      .map((ref) => `text lacks ${ref}`),
    ...refsIn(words)
      .filter((ref) => !json.includes(ref) && !json.includes(ref.split(':').slice(2).join(':')))
      .map((ref) => `JSON lacks ${ref}`),
    ...numbers
      .filter(isFree)
      .filter(([, value]) => !inWords(value))
      .map(([path, value]) => `text lacks ${path} = ${value}`),
    ...sentences
      .filter(([, said]) => !words.includes(bare(said).replace(/\.$/, '')) && !said.includes(NO_PRICE))
      .map(([path, said]) => `text lacks ${path}: ${said.slice(0, 80)}`),
    ...dollars.filter((amount) => !inJson(amount)).map((amount) => `JSON lacks $${amount}`),
    ...[...text.matchAll(/^! (?:(?:\S+, )*\S+: )?(.*)$/gm)]
      .map(([, warning = '']) => warning)
      .filter((warning) => !json.includes(JSON.stringify(warning).slice(1, -1)))
      .map((warning) => `JSON lacks the warning ${warning.slice(0, 80)}`),
  ];
}

const within = ({ text, structured }: Called): void => {
  expect(text.length).toBeLessThanOrEqual(9000);
  expect(JSON.stringify(structured).length).toBeLessThanOrEqual(9000);
};

/** A call of each gated tool: a refusal is the plan and one error. */
const REFUSED = [...new Map(GATED_CASES.map((example) => [example.tool.name, example])).values()];

/** What the two forms of these examples do not both say. */
async function faultsOf(examples: typeof CASES): Promise<string[]> {
  const harness = await startHarness({
    elicit: agrees,
    env: SECRETS,
    config: { GPU_MCP_MAX_JOB_USD: '1000', GPU_MCP_MAX_USD_PER_HOUR: '1000', GPU_MCP_MAX_PODS: '1000' },
  });
  const asks = await harness.connect();
  const refuses = await harness.connect(() => ({ action: 'decline' }));
  const faults: string[] = [];
  for (const example of examples) {
    harness.world.reset();
    // A new world gives the same ids again, which no cloud does.
    await rm(join(harness.stateDir, 'accounts'), { recursive: true, force: true });
    const { args } = prepare(harness.world, example);
    const { name, gated } = example.tool;
    const answers: Called[] = [
      ...(gated ? [await asks.call(name, args)] : []),
      ...(REFUSED.includes(example) ? [await refuses.call(name, args)] : []),
      await harness.call(name, args),
    ];
    for (const answer of answers) {
      within(answer);
      faults.push(...missing(answer).map((fault) => `${example.label}: ${fault}`));
    }
  }
  return faults;
}

// One server after another, because the requests of all would be more than Volt allows in an hour.
it('text and structured content say the same, in every plan, refusal and result', {
  timeout: 120_000,
}, async () => {
  const faults: string[] = [];
  for (let at = 0; at < CASES.length; at += 6) faults.push(...(await faultsOf(CASES.slice(at, at + 6))));
  expect(faults).toEqual([]);
});

describe('no result is longer than 9,000 characters in either form', () => {
  it('for every kind of report', { timeout: 60_000 }, async () => {
    const harness = await startHarness({ config: { GPU_MCP_MAX_PODS: '1000' } });
    const { call, world, runtime } = harness;
    for (let at = 0; at < 150; at += 1) {
      world.addPod('nebula', { name: `pod-${at}-${'x'.repeat(50)}`, product_id: 'prd-ca-a6000-1' });
      runtime.notices.add(null, `notice ${at} ${'of something that a person should know '.repeat(12)}`);
    }
    const spend = await call('get_spend');
    within(spend);
    const { pods = [], usd_per_hour } = spend.structured.spend ?? {};
    const left = (spend.structured.left_out as { pods: number } | undefined)?.pods ?? 0;
    expect(pods.length + left).toBe(150);
    expect(usd_per_hour).toBeCloseTo(150 * 0.49, 2);
    expect(missing(spend)).toEqual([]);
    createJob(world, { taskType: 'text', name: 'bot', model: 'a/b', dsRepo: 'a/c', hours: 2 }, 0);
    const { volt } = world;
    for (let at = 0; at < 150; at += 1) {
      const [job] = volt.jobs;
      if (job !== undefined)
        volt.jobs.push({ ...job, id: `job_${at}`, created_ms: job.created_ms + at * 1000 });
      volt.machines.push(...volt.machines.slice(0, 1).map((one) => ({ ...one, id: `${one.id}_${at}` })));
    }
    for (const name of ['pods', 'jobs', 'machines']) {
      const { contents } = await harness.client.readResource({ uri: `gpu://${name}` });
      const [text = ''] = contents.flatMap((one) => ('text' in one ? one.text : []));
      const { [name]: rows, total, next } = JSON.parse(text);
      expect(text.length, name).toBeLessThanOrEqual(9000);
      expect(rows.length, name).toBeGreaterThan(20);
      expect(total, name).toBeGreaterThanOrEqual(150);
      expect(numbersIn(next), name).toContain(total - rows.length);
      expect(toolsIn(next), name).toEqual([`list_${name}`]);
    }
    const { contents } = await harness.client.readResource({ uri: 'gpu://spend' });
    const [report = ''] = contents.flatMap((one) => ('text' in one ? one.text : []));
    expect(report.length).toBeLessThanOrEqual(9000);
    expect(JSON.parse(report)).toMatchObject({
      spend: { usd_per_hour },
      left_out: { jobs: expect.any(Number) },
    });
    // The clouds list the oldest first; what is cut is the oldest.
    expect(JSON.parse(report).spend.jobs[0].ref).toBe('volt:job:job_149');
    for (const tool of ['list_pods', 'list_machines', 'list_models', 'list_templates', 'list_payments']) {
      const listed = await call(tool, { limit: 100 });
      within(listed);
      expect(missing(listed)).toEqual([]);
    }
    const strange = Object.fromEntries(Array.from({ length: 900 }, (_x, at) => [`argument_${at}`, at]));
    within(await call('list_pods', strange));
    within(await call('create_pod', { ...VOLT_POD, name: 'x'.repeat(20_000) }));
    const env_vars = Object.fromEntries(
      Array.from({ length: 100 }, (_x, at) => [`VARIABLE_${at}_${'N'.repeat(60)}`, 'x']),
    );
    world.volt.templates.push({
      id: 'tpl_wide',
      name: 'wide',
      image: 'a/b:1',
      category: 'custom',
      is_system: false,
      description: '',
      docker_credential_id: null,
      ports: [22],
      env_vars: {},
      created_at: world.clock.iso(),
    });
    const plan = await call('update_template', { template: 'volt:template:tpl_wide', env_vars });
    within(plan);
    expect(plan.text).toContain(plan.structured.confirmation?.token);
  });
});

describe('tokens', () => {
  it('a list of 20 of any kind: the structured form at most 1.7 times the text', async () => {
    const { call, world } = await startHarness();
    const { volt, nebula } = world;
    const twenty = <T extends { id: unknown }>(rows: T[]) => {
      const [row] = rows;
      if (row === undefined) throw new Error('no row to repeat');
      for (let at = 0; rows.length < 20; at += 1)
        rows.push({ ...row, id: typeof row.id === 'number' ? row.id + 900 + at : `${row.id}_${at}` });
    };
    createJob(world, { taskType: 'text', name: 'bot', model: 'a/b', dsRepo: 'a/c', hours: 2 }, 0);
    for (const rows of [volt.templates, volt.credentials, volt.api_keys, volt.ssh_keys, volt.jobs])
      twenty<{ id: unknown }>(rows);
    for (const rows of [nebula.invoices, nebula.images]) twenty<{ id: unknown }>(rows);
    const ratios = new Map<string, number>();
    for (const name of [
      'invoices',
      'payments',
      'templates',
      'docker_credentials',
      'api_keys',
      'ssh_keys',
      'jobs',
      'images',
      'models',
    ]) {
      const { text, structured } = await call(`list_${name}`, { limit: 20 });
      ratios.set(
        `${name} ${structured.total}`,
        encode(JSON.stringify(structured)).length / encode(text).length,
      );
    }
    expect([...ratios].filter(([, ratio]) => ratio > 1.7)).toEqual([]);
  });

  it('20 machines or pods: at most 1,500 structured, and at most 1.7 times the text', async () => {
    const { call, world } = await startHarness();
    for (let at = 0; at < 10; at += 1) {
      world.addPod('nebula', { name: `trainer-${at}`, product_id: 'prd-ca-a6000-1' });
      for (const machine of world.volt.machines) machine.available_gpus += 1;
      world.addPod('volt', { name: `worker-${at}`, machine_id: 'mach_rtx4090_02' });
    }
    for (const tool of ['list_machines', 'list_pods']) {
      const { text, structured } = await call(tool, { limit: 20 });
      const [words, json] = [encode(text).length, encode(JSON.stringify(structured)).length];
      expect(json, `${tool}: ${json} tokens structured, ${words} of text`).toBeLessThanOrEqual(1500);
      expect(json / words, tool).toBeLessThanOrEqual(1.7);
    }
  });
});
