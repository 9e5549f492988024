import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hasNames } from '../../src/engine/names.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { fieldsIn, quotesIn, refsIn, toolsIn } from '../facts.ts';
import { agrees, consentOf, NEBULA_POD, startHarness, VOLT_POD } from '../harness.ts';

const reads = (paths: { method: string; path: string }[]) =>
  paths.map(({ method, path }) => `${method} ${path}`);

describe('a thing is named by', () => {
  it.each([
    ['its name', (_id: string) => 'train 7'],
    ['its id alone', (id: string) => id],
    ['our own URI', (id: string) => `gpu://volt/pod/${encodeURIComponent(id)}`],
    ['our own URI in capitals', (id: string) => `gpu://VOLT/Pod/${encodeURIComponent(id)}`],
    ['its ref', (id: string) => `volt:pod:${id}`],
    ['its ref in capitals', (id: string) => `Volt:Pod:${id}`],
  ])('%s, to read it and to destroy it', async (_how, spell) => {
    const { call, world, asked } = await startHarness({ elicit: agrees });
    world.addPod('nebula', { name: 'another' });
    const id = world.addPod('volt', { name: 'train 7' });
    expect((await call('get_pod', { pod: spell(id) })).structured.pod).toMatchObject({
      ref: `volt:pod:${id}`,
    });
    const { structured, text } = await call('delete_pod', { pod: spell(id) });
    expect(structured, text).toMatchObject({ status: 'done', ref: `volt:pod:${id}` });
    expect(refsIn(asked[0])).toContain(`volt:pod:${id}`);
    expect(quotesIn(asked[0])).toContain('train 7');
    expect(world.pods.list('volt')).toEqual([]);
  });

  it('its name in an order, on the cloud of the machine', async () => {
    const { call, writes, world } = await startHarness({ elicit: agrees });
    const [key] = world.volt.ssh_keys;
    const order = { ...VOLT_POD, template: 'PyTorch 2.1', ssh_keys: key?.name };
    const [template] = world.volt.templates.filter(({ id }) => id === 'tpl_pytorch21');
    const { structured, text } = await call('create_pod', { ...order, template: template?.name });
    expect(structured.status, text).toBe('done');
    expect(JSON.parse(writes()[0]?.body ?? '{}')).toMatchObject({
      template_id: 'tpl_pytorch21',
      ssh_key_ids: [key?.id],
    });
  });
});

describe('an id without cloud and kind', () => {
  it('of a machine decides the cloud of an order, and fits images', async () => {
    const { call, writes, world } = await startHarness({ elicit: agrees });
    const [key] = world.nebula.ssh_keys;
    for (const other of world.volt.ssh_keys) other.name = String(key?.key_name);
    const { machine, image } = { machine: 'prd-ca-a6000-1', image: 'img-ca1-ubuntu2204' };
    const { structured, text } = await call('create_pod', {
      ...NEBULA_POD,
      machine,
      image,
      ssh_keys: key?.key_name,
    });
    expect(structured.status, text).toBe('done');
    expect(JSON.parse(writes()[0]?.body ?? '{}')).toMatchObject({ product_id: machine, image_id: image });
    const images = await call('list_images', { machine });
    const byRef = await call('list_images', { machine: `nebula:machine:${machine}` });
    expect(images.structured).toEqual(byRef.structured);
    const none = await call('create_pod', { ...NEBULA_POD, machine: 'mach_nowhere' });
    expect(fieldsIn(none.structured.error?.message)).toEqual(['machine']);
    expect(toolsIn(none.structured.error?.hint)).toContain('list_machines');
  });

  it('of an invoice, or its number, is enough to download it', async () => {
    const { call, world } = await startHarness({ clouds: ['nebula'] });
    const [invoice] = world.nebula.invoices;
    const { text: listed } = await call('list_invoices');
    for (const name of [invoice?.id, /#NB-\d+/.exec(listed)?.[0]]) {
      const { structured, text } = await call('download_invoice', { invoice: name });
      expect(text).toContain('nebula:invoice:');
      expect(structured.invoice, text).toMatchObject({ size_bytes: expect.any(Number) });
    }
    const ids = world.requests.flatMap(({ path }) => /invoice-download\/(.*)/.exec(path)?.[1] ?? []);
    expect(ids[0]).toBe(String(invoice?.id));
    expect(ids).toHaveLength(2);
  });
});

describe('a name', () => {
  it('that several things have is refused with their refs, and nothing is sent', async () => {
    const { call, world, writes } = await startHarness({ elicit: agrees });
    const volt = world.addPod('volt', { name: 'twin' });
    const nebula = world.addPod('nebula', { name: 'twin' });
    const { structured, text } = await call('stop_pod', { pod: 'twin' });
    expect(structured.error).toMatchObject({
      code: 'invalid_input',
      candidates: expect.arrayContaining([`volt:pod:${volt}`, `nebula:pod:${nebula}`]),
    });
    expect(fieldsIn(structured.error?.message)).toEqual(['pod']);
    expect(refsIn(text)).toEqual(expect.arrayContaining([`volt:pod:${volt}`, `nebula:pod:${nebula}`]));
    expect(writes()).toEqual([]);
  });

  it("that is another thing's id counts as two", async () => {
    const { call, world, writes } = await startHarness({ elicit: agrees });
    const id = world.addPod('volt', { name: 'first' });
    world.addPod('nebula', { name: id });
    expect((await call('delete_pod', { pod: id })).structured.error?.code).toBe('invalid_input');
    expect(writes()).toEqual([]);
  });

  it('that nothing has is refused with the tool that lists, and never reaches a path', async () => {
    const { call, world } = await startHarness({ elicit: agrees });
    for (const name of ['no-such-pod', '../api-keys', 'a/stop', '%2e%2e', 'x?y', '.']) {
      world.requests.clear();
      const { structured } = await call('delete_pod', { pod: name });
      expect(structured.error?.code, name).toBe('invalid_input');
      expect(fieldsIn(structured.error?.message), name).toEqual(['pod']);
      expect(toolsIn(structured.error?.hint), name).toContain('list_pods');
      expect(new Set(reads([...world.requests]))).toEqual(new Set(['GET /pods', 'GET /computing/instances']));
    }
  });

  it('that is only near another one is refused with that one', async () => {
    const { call, world, writes } = await startHarness({ elicit: agrees });
    const id = world.addPod('volt', { name: 'train-1' });
    for (const name of ['Train-1', 'trian-1', 'train', id.toUpperCase()]) {
      const { structured } = await call('delete_pod', { pod: name });
      expect(structured.error?.code, name).toBe('invalid_input');
      expect(refsIn(structured.error?.message), name).toEqual([`volt:pod:${id}`]);
      expect(quotesIn(structured.error?.message), name).toEqual([name, 'train-1']);
    }
    expect(writes()).toEqual([]);
  });

  it('is not taken for a write while a cloud cannot be listed; a read goes on', async () => {
    const { call, world, writes } = await startHarness({ elicit: agrees });
    const id = world.addPod('volt', { name: 'train-1' });
    world.faults.add({ cloud: 'nebula', kind: 'error_before', status: 502, times: 100 });
    const { structured } = await call('delete_pod', { pod: 'train-1' });
    expect(structured.error).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('Nebula'),
    });
    expect(writes()).toEqual([]);
    expect((await call('get_pod', { pod: 'train-1' })).structured.pod?.ref).toBe(`volt:pod:${id}`);
  });

  it('binds the ticket to the thing: another thing of that name meanwhile voids it', async () => {
    const { call, world, writes } = await startHarness();
    const id = world.addPod('volt', { name: 'train-1' });
    const plan = await call('delete_pod', { pod: 'train-1' });
    expect(plan.structured.plan).toMatchObject({ ref: `volt:pod:${id}` });
    const consent = consentOf(plan);
    const done = await call('delete_pod', { pod: `volt:pod:${id}`, ...consent });
    expect(done.structured.status).toBe('done');
    const again = await call('delete_pod', { pod: 'train-1', ...consent });
    expect(again.structured).toMatchObject({ status: 'done', repeated: true });
    expect(writes()).toHaveLength(1);
    world.addPod('volt', { name: 'train-1' });
    const other = await call('delete_pod', { pod: 'train-1', ...consent });
    expect(other.structured.error?.code).toBe('confirmation_invalid');
    expect(writes()).toHaveLength(1);
  });

  it('of an image is looked up only on a cloud that has images', async () => {
    const { call } = await startHarness({ elicit: agrees });
    const none = await call('create_pod', { ...NEBULA_POD, image: 'Ubuntu 1.0' });
    expect(none.structured.error?.code).toBe('invalid_input');
    expect(fieldsIn(none.structured.error?.message)).toEqual(['image']);
    const bare = await call('create_pod', { ...NEBULA_POD, name: 'bare', image: 'img-ca1-ubuntu2204' });
    expect(bare.structured.status, bare.text).toBe('done');
  });
});

/** What a field takes, without default, optional and list. */
function innerOf(type: unknown): unknown {
  if (type instanceof z.ZodOptional || type instanceof z.ZodDefault) return innerOf(type.unwrap());
  return type instanceof z.ZodArray ? innerOf(type.element) : type;
}

/** The longest ref, and the text of nothing else but an image. */
const REF_LENGTH = 300;

it.each(
  TOOLS.flatMap((tool) =>
    Object.entries(tool.input.shape).flatMap(([field, type]) => {
      const inner = innerOf(type);
      const isRef = inner instanceof z.ZodString && inner.maxLength === REF_LENGTH && field !== 'image';
      return isRef ? [{ tool, field }] : [];
    }),
  ),
)('$tool.name takes a name as $field', ({ tool, field }) => {
  expect(hasNames(tool, { [field]: 'laptop' })).toBe(true);
  expect(hasNames(tool, { [field]: ['laptop'] })).toBe(true);
});
