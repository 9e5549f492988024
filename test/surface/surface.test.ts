import { readdirSync } from 'node:fs';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, it } from 'vitest';
import { TOOLSETS } from '../../src/core/policy.ts';
import { FIRST_RULE, INSTRUCTIONS } from '../../src/engine/instructions.ts';
import { selectPrompts } from '../../src/prompts/index.ts';
import { selectFamilies, selectResources } from '../../src/resources/index.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { naming } from '../facts.ts';
import { BOTH, surfaceOf, visible } from './surfaces.ts';

const SNAPSHOTS = new URL('./snapshots/', import.meta.url);
const both = await surfaceOf(BOTH);
const alone = { volt: await surfaceOf(['volt']), nebula: await surfaceOf(['nebula']) };
const all = [both, alone.volt, alone.nebula].flatMap(({ listed }) => listed);
const named = all.map((tool) => [tool.name, tool] as const);

type Schema = { [key: string]: unknown; properties?: Record<string, Schema>; items?: Schema };

/** A schema and all schemas inside it, with their paths. */
function walk(schema: Schema, path: string): [string, Schema][] {
  const inner = [
    ...Object.entries(schema.properties ?? {}),
    ...(typeof schema.items === 'object' ? ([['items', schema.items]] as const) : []),
    ...(typeof schema.additionalProperties === 'object'
      ? ([['*', schema.additionalProperties as Schema]] as const)
      : []),
  ];
  return [[path, schema], ...inner.flatMap(([name, part]) => walk(part, `${path}.${name}`))];
}

describe('the tools as a model gets them', () => {
  it.each(both.listed.map((tool) => [tool.name, tool] as const))('is as reviewed: %s', async (name, tool) => {
    const seen = `${JSON.stringify(visible(tool), null, 2)}\n`;
    await expect(seen).toMatchFileSnapshot(`./snapshots/${name}.json`);
  });

  it('has a snapshot of every tool and none of a tool that is gone', () => {
    const files = readdirSync(SNAPSHOTS).toSorted();
    const expected = [...TOOLS.map(({ name }) => `${name}.json`), 'names.json'].toSorted();
    expect(files).toEqual(expected);
  });

  it('is as reviewed for one cloud alone', async () => {
    const names = Object.fromEntries(
      Object.entries(alone).map(([cloud, { listed }]) => [cloud, listed.map(({ name }) => name)]),
    );
    await expect(`${JSON.stringify(names, null, 2)}\n`).toMatchFileSnapshot('./snapshots/names.json');
  });
});

/** Some hosts show no more of the instructions and of a description. */
const SHOWN = 160;
/** What must not be cut off: that a person agrees first, and that money is spent. */
const ruleOf = ({ gated, effect }: (typeof TOOLS)[number]): RegExp[] => [
  ...(gated ? [/person (?:must confirm|allows it)/] : []),
  ...(effect === 'spend' ? [/COSTS MONEY|DEBITS/] : []),
  ...(effect === 'use' ? [/Billed by use/] : []),
];
const rules = new Map(TOOLS.map((tool) => [tool.name, ruleOf(tool)]));

describe(`the first ${SHOWN} characters`, () => {
  it('of the instructions say that money is real, whose yes counts, and what follows an unknown outcome', () => {
    expect(INSTRUCTIONS.slice(0, SHOWN).startsWith(FIRST_RULE)).toBe(true);
    expect(FIRST_RULE).toContain('outcome_unknown');
  });

  it.each(named.filter(([name]) => rules.get(name)?.length !== 0))(
    'of %s carry its rule',
    (name, { description }) => {
      const shown = description.slice(0, SHOWN);
      for (const rule of rules.get(name) ?? []) expect(shown).toMatch(rule);
    },
  );
});

describe('hosts that load tools late', () => {
  it('load the few tools that are always needed at once, and find the rest by words', () => {
    const loaded = both.listed.filter(({ _meta }) => _meta?.['anthropic/alwaysLoad'] === true);
    const always = TOOLS.filter(({ alwaysLoad }) => alwaysLoad).map(({ name }) => name);
    expect(loaded.map(({ name }) => name)).toEqual(always);
    // A caller that rents a pod has to be able to see its cost, and to end it.
    expect(always).toEqual(
      expect.arrayContaining([
        'list_machines',
        'create_pod',
        'list_pods',
        'get_spend',
        'stop_pod',
        'delete_pod',
      ]),
    );
    expect(always.length).toBeLessThan(10);
    const others = both.listed.filter((tool) => !loaded.includes(tool));
    for (const { name, _meta } of others)
      expect(_meta, name).toEqual({ 'anthropic/searchHint': expect.stringMatching(/^\S.{2,40}$/) });
  });

  it('find in the instructions which tools belong together: rent, fine-tune, stop paying', () => {
    const chain = (name: string) => new RegExp(`${name}: ([^.]*)\\.`).exec(INSTRUCTIONS)?.[1] ?? '';
    const chains = ['Rent', 'Fine-tune', 'Stop paying'].map((name) => chain(name).match(/[a-z]+_[a-z_]+/g));
    expect(chains.map((tools) => tools?.includes('create_pod'))).toEqual([true, false, false]);
    expect(chains[1]).toContain('submit_finetune');
    expect(chains[2]).toEqual(
      expect.arrayContaining(['stop_spending', 'stop_pod', 'delete_pod', 'cancel_job']),
    );
    const known = new Set(TOOLS.map(({ name }) => name));
    expect(chains.flatMap((tools) => tools ?? []).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe.each(named)('the schema of %s', (_name, { inputSchema, outputSchema }) => {
  const schemas = walk(inputSchema as Schema, '');

  it('is flat, typed and closed', () => {
    const faults = schemas.flatMap(([path, schema]) => [
      ...['oneOf', 'anyOf', 'allOf', 'not', '$ref', '$defs', 'definitions', '$schema', 'patternProperties']
        .filter((word) => word in schema)
        .map((word) => `${path}: ${word}`),
      ...(typeof schema.type === 'string' ? [] : [`${path}: type ${JSON.stringify(schema.type)}`]),
      ...(schema.type === 'array' && schema.items === undefined ? [`${path}: no items`] : []),
    ]);
    expect(faults).toEqual([]);
    expect(inputSchema.type).toBe('object');
    const closed = schemas.filter(
      ([, schema]) => schema.additionalProperties === false || 'exclusiveMinimum' in schema,
    );
    expect(closed.map(([path]) => path)).toEqual([]);
  });

  it('requires only what it has, and nothing that has a default', () => {
    const properties = (inputSchema.properties ?? {}) as Record<string, Schema>;
    const required = (inputSchema.required ?? []) as string[];
    expect(required.filter((name) => properties[name] === undefined)).toEqual([]);
    expect(required.filter((name) => 'default' in (properties[name] ?? {}))).toEqual([]);
    expect(Object.keys(properties).filter((name) => !/^[a-z][a-z0-9_]*$/.test(name))).toEqual([]);
  });

  it('describes an output that every client can compile', () => {
    expect(outputSchema.type).toBe('object');
    expect(Object.keys(outputSchema.properties as object)).toEqual(
      expect.arrayContaining(['error', 'sandbox']),
    );
  });
});

describe.each(named)('the words of %s', (name, { title, description, annotations }) => {
  it('are short and plain', () => {
    expect(title.length).toBeGreaterThan(0);
    expect(annotations.title).toBe(title);
    expect(description.length).toBeGreaterThan(20);
    expect(description.length).toBeLessThanOrEqual(450);
    expect(description).not.toMatch(/[\u0000-\u001f]|\[volt|\[nebula|\]\[| {2}|[a-z)][.;:][A-Z]/);
    expect(name.length).toBeLessThanOrEqual(40);
  });

  it('give all four hints, and none that contradicts another', () => {
    const { readOnlyHint, destructiveHint, idempotentHint, openWorldHint } = annotations;
    expect([readOnlyHint, destructiveHint, idempotentHint, openWorldHint].map((hint) => typeof hint)).toEqual(
      ['boolean', 'boolean', 'boolean', 'boolean'],
    );
    expect(readOnlyHint && destructiveHint).toBe(false);
    const effect = TOOLS.find((tool) => tool.name === name)?.effect;
    expect(readOnlyHint).toBe(effect === 'read');
    expect(destructiveHint).toBe(effect === 'destroy' || effect === 'interrupt');
  });
});

describe('the token budget', () => {
  const rows = both.listed.map((tool) => ({
    name: tool.name,
    tokens: encode(JSON.stringify(visible(tool))).length,
  }));
  const total = encode(JSON.stringify(both.listed.map(visible))).length;
  const table = [...rows]
    .sort((a, b) => b.tokens - a.tokens)
    .map(({ name, tokens }) => `${String(tokens).padStart(5)} ${name}`)
    .join('\n');

  it('holds: at most 6,000 o200k tokens for the list, 400 for a tool, 153 on average', () => {
    expect(total, `${total} tokens for ${rows.length} tools:\n${table}`).toBeLessThanOrEqual(6000);
    const largest = Math.max(...rows.map(({ tokens }) => tokens));
    expect(largest, `a tool has more than 400 tokens:\n${table}`).toBeLessThanOrEqual(400);
    expect(total / rows.length, `the average is too high:\n${table}`).toBeLessThanOrEqual(153);
  });
});

describe.each([
  ['volt', 'nebula'],
  ['nebula', 'volt'],
] as const)('with %s alone', (cloud, other) => {
  const { listed, clouds } = alone[cloud];
  const offering = { clouds, tools: { has: () => true } };
  const words = new RegExp(other, 'i');
  const texts: [string, unknown][] = [
    ...listed.map((tool): [string, unknown] => [tool.name, visible(tool)]),
    ...listed.map((tool): [string, unknown] => [`output of ${tool.name}`, tool.outputSchema]),
    ...selectPrompts(clouds).map((prompt): [string, unknown] => [
      `prompt ${prompt.name}`,
      [prompt, prompt.render({}), prompt.render({ gpu: 'x', model: 'x', dataset: 'x', hours: '1' })],
    ]),
    ...selectResources(offering).map((resource): [string, unknown] => [`resource ${resource.uri}`, resource]),
    ...selectFamilies(offering).map((family): [string, unknown] => [
      `family ${family.name}`,
      [family, family.uriTemplate(clouds.ids)],
    ]),
  ];

  it(`no text mentions ${other}`, () => {
    const saying = texts.filter(([, text]) => words.test(JSON.stringify(text))).map(([where]) => where);
    expect(saying).toEqual([]);
  });

  it('has tools, a prompt and resources, and fewer tools than both clouds together', () => {
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.length).toBeLessThan(both.listed.length);
    expect(selectPrompts(clouds).length).toBeGreaterThan(0);
    expect(selectResources(offering).length).toBeGreaterThan(0);
  });
});

describe('the selection', () => {
  const effects = (names: readonly string[]) =>
    new Set(TOOLS.filter(({ name }) => names.includes(name)).map(({ effect }) => effect));

  it('read-only keeps every tool that reads and no other', async () => {
    const names = (await surfaceOf(BOTH, { GPU_MCP_READ_ONLY: 'true' })).listed.map(({ name }) => name);
    expect(effects(names)).toEqual(new Set(['read']));
    expect(names).toEqual(TOOLS.filter(({ effect }) => effect === 'read').map(({ name }) => name));
  });

  it.each(TOOLSETS)('the toolset %s has tools, and only its own', async (toolset) => {
    const names = (await surfaceOf(BOTH, { GPU_MCP_TOOLSETS: toolset })).listed.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(names).toEqual(TOOLS.filter((tool) => tool.toolset === toolset).map(({ name }) => name));
  });

  it('several toolsets together, with spaces', async () => {
    const names = (await surfaceOf(BOTH, { GPU_MCP_TOOLSETS: 'machines, jobs' })).listed.map(
      ({ name }) => name,
    );
    expect(names).toEqual(
      TOOLS.filter(({ toolset }) => toolset === 'machines' || toolset === 'jobs').map(({ name }) => name),
    );
  });

  it('an unknown toolset is a wrong setting that names the known ones', async () => {
    await expect(surfaceOf(BOTH, { GPU_MCP_TOOLSETS: 'pods,machine' })).rejects.toThrow(
      naming('"machine"', 'machines', 'pods'),
    );
  });

  it.each([
    ['auto', true],
    ['human', false],
    ['block', false],
  ])('confirm=%s: gated tools take a token: %s', async (confirm, offered) => {
    const { listed, tools } = await surfaceOf(BOTH, { GPU_MCP_CONFIRM: confirm });
    const taking = listed
      .filter(({ inputSchema }) => 'confirmation_token' in (inputSchema.properties as object))
      .map(({ name }) => name);
    const gated = [...tools.values()].filter((tool) => tool.gated).map(({ name }) => name);
    expect(gated.length).toBeGreaterThan(5);
    expect(taking).toEqual(offered ? gated : []);
  });
});
