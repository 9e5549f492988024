import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';
import { expect, it } from 'vitest';
import { TOOLS } from '../../src/tools/index.ts';
import { CASES } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { SECRETS } from '../../testbed/testbed.ts';
import { agrees, startHarness } from '../harness.ts';
import { BOTH, type Surface, surfaceOf } from './surfaces.ts';

it("every tool's success passes its own output schema in a real client, and has no field that it does not name", {
  timeout: 60_000,
}, async () => {
  const harness = await startHarness({
    elicit: agrees,
    env: SECRETS,
    state: 'files',
    config: { GPU_MCP_MAX_JOB_USD: '1000', GPU_MCP_MAX_USD_PER_HOUR: '1000', GPU_MCP_MAX_PODS: '1000' },
  });
  // From here on the SDK's client refuses a structured answer that does not fit the listed output schema.
  await harness.client.listTools();
  const closed = closeAll((await surfaceOf(BOTH)).listed);
  const succeeded = new Set<string>();
  for (const example of CASES) {
    harness.world.reset();
    // A new world gives the same ids again, which no cloud does.
    await rm(join(harness.stateDir, 'accounts'), { recursive: true, force: true });
    const { name, gated, effect } = example.tool;
    const { isError, text, structured } = await harness.call(name, prepare(harness.world, example).args);
    expect(isError, `${example.label}: ${text}`).toBe(example.ends !== undefined);
    if (isError) continue;
    succeeded.add(name);
    const verdict = closed.get(name)?.(structured);
    expect(verdict?.errorMessage, example.label).toBeUndefined();
    expect(verdict?.valid).toBe(true);
    expect(text.length, `the words of ${name}`).toBeGreaterThan(3);
    expect(() => JSON.parse(text), `${name} answers with words, not with JSON`).toThrow(SyntaxError);
    expect(structured.sandbox, `${name}: these clouds are configured, not the built-in ones`).toBeUndefined();
    const status = example.args.dry_run === true ? 'dry_run' : 'done';
    if (gated) expect(structured.status).toBe(status);
    if (gated && effect !== 'use') expect(structured.message).toEqual(expect.any(String));
  }
  expect([...succeeded].toSorted()).toEqual(TOOLS.map(({ name }) => name).toSorted());
});

type Listed = Surface['listed'];

/** Every object of a schema closed that does not say otherwise. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, close(value)]));
  return 'properties' in inner && !('additionalProperties' in inner)
    ? { ...inner, additionalProperties: false }
    : inner;
}

function closeAll(listed: Listed) {
  const validator = new AjvJsonSchemaValidator();
  return new Map(
    listed.map((tool) => [
      tool.name,
      validator.getValidator(close(tool.outputSchema) as Parameters<typeof validator.getValidator>[0]),
    ]),
  );
}
