import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEFT_OUT, SOLD_OUT } from '../../src/tools/machines.ts';
import { openTestbed, type Testbed } from '../../testbed/testbed.ts';
import { fieldsIn, naming, quotesIn, refsIn, toolsIn } from '../facts.ts';
import { agrees, NEBULA_POD, startHarness, VOLT_POD } from '../harness.ts';

let testbed: Testbed;
beforeAll(async () => {
  testbed = await openTestbed({ config: { GPU_MCP_RESULTS: 'both' } });
});
afterAll(() => testbed.close());

interface Row {
  ref: string;
  order_gpus?: number;
  order_usd_per_hour?: number;
  price_per_gpu_hour_usd?: number;
}

async function list(args: Record<string, unknown>) {
  const { structuredContent, content, isError } = await testbed.call('list_machines', args);
  const rows = (structuredContent.machines ?? []) as Row[];
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  return { rows, refs: rows.map(({ ref }) => ref), text, isError, structured: structuredContent };
}

describe('list_machines with a number of GPUs', () => {
  it('shows only what can be ordered with so many, cheapest order first', async () => {
    const { rows, refs, text } = await list({ gpu: 'H100', gpus: 2 });
    // Volt splits hosts; the Nebula instances have 1 or 8, and the one with 2 is sold out.
    expect(refs).toEqual(['volt:machine:mach_h100_03', 'volt:machine:mach_h100_02']);
    expect(rows.map(({ order_usd_per_hour }) => order_usd_per_hour)).toEqual([4.78, 5.38]);
    expect(text).toContain('volt:machine:mach_h100_03 | H100 80GB | 4.78 | 2 | 2.39');
  });

  it('takes an instance of exactly that size, with the price of all its GPUs', async () => {
    const { rows } = await list({ gpu: 'H100', gpus: 8 });
    expect(rows.map(({ ref, order_usd_per_hour }) => [ref, order_usd_per_hour])).toEqual([
      ['volt:machine:mach_h100_03', 19.12],
      ['nebula:machine:prd-ca-h100-8', 19.2],
    ]);
    const one = await list({ gpu: 'H100', gpus: 1 });
    expect(one.refs).not.toContain('nebula:machine:prd-ca-h100-8');
    expect(one.refs[0]).toBe('nebula:machine:prd-ca-h100-1');
  });

  it('limits the whole order, or the price of one GPU', async () => {
    expect((await list({ gpu: 'H100', gpus: 2, max_usd_per_hour: 5 })).refs).toEqual([
      'volt:machine:mach_h100_03',
    ]);
    expect((await list({ gpu: 'H100', gpus: 2, max_usd_per_gpu_hour: 2.5 })).refs).toEqual([
      'volt:machine:mach_h100_03',
    ]);
  });

  it('sorts by the price of the whole order, too, if a minimum of GPUs is given', async () => {
    const { rows } = await list({ gpu: 'A100', min_gpus: 3 });
    expect(
      rows.map(({ ref, order_gpus, order_usd_per_hour }) => [ref, order_gpus, order_usd_per_hour]),
    ).toEqual([
      ['volt:machine:mach_a100_01', 3, 3.57],
      ['nebula:machine:prd-no-a100-4', 4, 5.4],
    ]);
  });

  it('leaves out sizes without a documented number of GPUs, and counts them', async () => {
    const { refs, text } = await list({ gpu: 'H200', gpus: 2 });
    expect(refs).toEqual([]);
    expect(text).toContain(LEFT_OUT.by_size(2));
    expect((await list({ gpu: 'H200', gpus: 1 })).refs).toHaveLength(2);
  });
});

it('without a number, cheapest GPU first; the row says what must be taken as a whole', async () => {
  const { rows, text } = await list({ gpu: 'H100' });
  const prices = rows.map((row) => row.price_per_gpu_hour_usd ?? 0);
  expect(prices).toEqual(prices.toSorted((a, b) => a - b));
  expect(text).toMatch(/prd-ca-h100-8 \| H100-80G-SXM \| 19\.20 \| 8 only \| 2\.40/);
});

it('every row shows how many GPUs are free, also if that follows from the stock', async () => {
  const { structured } = await list({ cloud: 'nebula', limit: 100 });
  const rows = structured.machines as { gpu_count_available?: number }[];
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.filter(({ gpu_count_available: free }) => free === undefined)).toEqual([]);
});

it('sold-out rows say so', async () => {
  const { text } = await list({ gpu: 'H100', available_only: false });
  const lines = text.split('\n').filter((line) => line.includes(SOLD_OUT));
  expect(lines.flatMap((line) => refsIn(line))).toEqual([
    'volt:machine:mach_h100_04',
    'nebula:machine:prd-us-h100-2',
  ]);
  const short = await list({ gpu: 'A100', gpus: 3, available_only: false });
  expect(short.text).toMatch(/mach_a100_02 .*\| lium .*\b2\b/);
  expect(short.text).not.toContain(SOLD_OUT);
});

describe('regions by words', () => {
  it.each([
    ['Europe', ['volt:machine:mach_h100_02', 'nebula:machine:prd-no-h100-1']],
    ['EU', ['volt:machine:mach_h100_02']],
    ['west EU', ['volt:machine:mach_h100_02']],
    ['norway', ['nebula:machine:prd-no-h100-1']],
    ['United States', ['volt:machine:mach_h100_03']],
  ])('%s', async (region, refs) => {
    expect((await list({ gpu: 'H100', region })).refs.toSorted()).toEqual(refs.toSorted());
  });
});

describe('if nothing fits', () => {
  it('the models and regions on offer are named with their lowest price', async () => {
    const { text, structured } = await list({ gpu: 'H300' });
    expect(structured.total).toBe(0);
    expect(quotesIn(text)).toEqual(['H300']);
    for (const offer of ['RTX 3090 $0.19/h', 'RTX 4090 $0.34/h', 'H100 $1.95/h', 'EU-East $0.19/h']) {
      expect(text).toContain(offer);
    }
    expect(structured.next).toBe(text.replace(/^\[sandbox.*\n/, ''));
  });

  it('a region without the model: the regions of the model, and the models of the region', async () => {
    const { text } = await list({ gpu: 'H100', region: 'US-2' });
    expect(text).toMatch(/"US-2".*: RTX 4090 \$0\.42\/h\./);
    expect(text).toMatch(/"H100": CANADA \$1\.95\/h, NORWAY \$2\.05\/h/);
    expect(quotesIn((await list({ region: 'Germany' })).text)).toEqual(['Germany']);
  });

  it('prices count for the number of GPUs that was asked for', async () => {
    const { text } = await list({ gpu: 'H100', gpus: 4, region: 'Norway' });
    expect(text).toMatch(/\b4 .*: A100 \$5\.40\/h/);
  });

  it('machines of unknown memory are counted', async () => {
    const { text } = await list({ gpu: 'A6000', min_gpu_memory_gb: 40 });
    expect(text).toContain(LEFT_OUT.no_memory(2));
  });

  it('machines of unknown price are counted if a limit of the price leaves them out', async () => {
    const { text } = await list({ gpu: 'H200', min_gpus: 2, max_usd_per_hour: 100 });
    expect(text).toContain(LEFT_OUT.no_price(2));
    expect((await list({ gpu: 'H200', min_gpus: 2 })).structured.next).toBeUndefined();
  });
});

describe('a refused order names alternatives that were just read', () => {
  it('Volt: sold out, too few free, no longer there', async () => {
    const { call, world } = await startHarness();
    const sold = await call('create_pod', {
      ...VOLT_POD,
      machine: 'volt:machine:mach_h100_04',
      gpu_count: 2,
    });
    expect(sold.structured.error).toMatchObject({
      code: 'wrong_state',
      hint: expect.stringMatching(/mach_h100_03 \(2 x H100 80GB, US-West, \$4\.78\/h\)/),
    });
    expect(refsIn(sold.structured.error?.hint).slice(0, 2)).toEqual([
      'volt:machine:mach_h100_03',
      'volt:machine:mach_h100_02',
    ]);
    const short = await call('create_pod', {
      ...VOLT_POD,
      machine: 'volt:machine:mach_h100_02',
      gpu_count: 6,
    });
    expect(short.structured.error?.message).toMatch(/\b4\b.*mach_h100_03 \(6 x/);
    const gone = await call('create_pod', { ...VOLT_POD, machine: 'volt:machine:gone', gpu_count: 8 });
    expect(refsIn(gone.structured.error?.message)).toHaveLength(3);
    expect(world.pods.list()).toEqual([]);
  });

  it('Nebula: sold out, or not with so many', async () => {
    const { call } = await startHarness();
    const order = { ...NEBULA_POD, image: 'nebula:image:img-us3-ubuntu2204' };
    const sold = await call('create_pod', { ...order, machine: 'nebula:machine:prd-us-h100-2' });
    expect(sold.structured.error?.code).toBe('wrong_state');
    expect(sold.text).not.toMatch(/stock 2|volt:/);
    await call('list_machines', { cloud: 'volt' });
    const after = await call('create_pod', { ...order, machine: 'nebula:machine:prd-us-h100-2' });
    expect(after.structured.error?.hint).toMatch(/mach_h100_03 \(2 x /);
    expect(refsIn(after.structured.error?.hint).slice(0, 2)).toEqual([
      'volt:machine:mach_h100_03',
      'volt:machine:mach_h100_02',
    ]);
    const split = await call('create_pod', {
      ...NEBULA_POD,
      machine: 'nebula:machine:prd-ca-h100-8',
      image: 'nebula:image:img-ca2-ubuntu2204',
      gpu_count: 1,
    });
    expect(split.structured.error?.message).toMatch(/nebula:machine:prd-ca-h100-1 \(1 x H100-80G-PCIe/);
  });

  it('names what was just read of the other cloud, too, and sends nothing for it', async () => {
    const { call, world, time } = await startHarness();
    const refused = () =>
      call('create_pod', { ...VOLT_POD, machine: 'volt:machine:mach_h100_04', gpu_count: 1 });
    world.stock.set('volt', 'mach_h100_02', 0);
    const alone = await refused();
    expect(refsIn(alone.structured.error?.hint)[0]).toBe('volt:machine:mach_h100_03');
    expect(alone.text).not.toMatch(/nebula:machine/);
    await call('list_machines', { gpu: 'H100' });
    const productsRead = () =>
      world.requests.filter(({ path }) => path.endsWith('/computing/products')).length;
    const before = productsRead();
    const both = await refused();
    expect(both.structured.error?.hint?.match(/(?:volt|nebula):machine:[\w-]+/g)).toEqual([
      'nebula:machine:prd-ca-h100-1',
      'nebula:machine:prd-no-h100-1',
      'volt:machine:mach_h100_03',
    ]);
    expect(productsRead()).toBe(before);
    await time.advance(61_000);
    expect((await refused()).text).not.toMatch(/nebula:machine/);
  });

  it('names other models of at least as much memory if none of the same is free', async () => {
    const { call, world } = await startHarness();
    for (const id of ['mach_h100_02', 'mach_h100_03']) world.stock.set('volt', id, 0);
    const { structured } = await call('create_pod', { ...VOLT_POD, machine: 'volt:machine:mach_h100_04' });
    expect(structured.error?.hint).toMatch(/mach_a100_01 \(1 x A100 80GB, US-East, \$1\.19\/h\)/);
    expect(refsIn(structured.error?.hint).slice(0, 2)).toEqual([
      'volt:machine:mach_a100_01',
      'volt:machine:mach_a100_02',
    ]);
    for (const { id } of world.volt.machines) world.stock.set('volt', id, 0);
    const none = await call('create_pod', { ...VOLT_POD, machine: 'volt:machine:mach_h100_04' });
    expect(none.structured.error?.hint).toMatch(/^(?!.*:machine:).*\blist_machines\b/);
  });

  it('over_limit: only what fits the limit', async () => {
    const { call, world } = await startHarness({ config: { GPU_MCP_MAX_USD_PER_HOUR: '0.36' } });
    const own = await call('create_pod', { ...VOLT_POD, gpu_count: 2, max_usd_per_hour: 0.7 });
    expect(own.structured.error?.code).toBe('over_limit');
    const fitting = ['volt:machine:mach_rtx4090_02', 'volt:machine:mach_rtx3090_01'];
    expect(refsIn(own.structured.error?.hint)).toEqual(fitting);
    expect(own.structured.error?.hint).toMatch(/mach_rtx4090_02 \(2 x RTX 4090, EU-North, \$0\.68\/h\)/);
    expect(own.structured.error?.hint).toMatch(/mach_rtx3090_01 \(2 x [^;]*\$0\.38\/h\)/);
    const cap = await call('create_pod', VOLT_POD);
    expect(cap.structured.error?.code).toBe('over_limit');
    expect(cap.structured.error?.hint).toMatch(naming('GPU_MCP_MAX_USD_PER_HOUR', '$0.34/h'));
    expect(refsIn(cap.structured.error?.hint)).toEqual(fitting);
    world.addPod('volt', { machine_id: 'mach_h100_02' });
    const full = await call('create_pod', VOLT_POD);
    expect(full.structured.error?.code).toBe('over_limit');
    expect(refsIn(full.structured.error?.hint)).toEqual([]);
    const nothing = await call('create_pod', { ...NEBULA_POD, max_usd_per_hour: 0.01 });
    expect(nothing.structured.error?.hint).toMatch(/^(?!.*:machine:).*\blist_machines\b/);
  });

  it('a size that no free machine has, and a machine that its cloud refuses at last', async () => {
    const { call, connect, world } = await startHarness();
    for (const id of ['mach_h200_targon_01', 'mach_h200_targon_02']) world.stock.set('volt', id, 0);
    await call('list_machines', {});
    const size = await call('create_pod', {
      name: 'enclave',
      resource_name: 'h200-small',
      image: 'vllm/vllm',
    });
    const { code, message, hint } = size.structured.error ?? {};
    expect([code, fieldsIn(message), refsIn(`${message} ${hint}`)]).toEqual([
      'invalid_input',
      ['machine'],
      [],
    ]);
    expect(toolsIn(message)).toContain('list_machines');
    world.stock.set('volt', 'mach_h200_targon_02', 1);
    const { call: asked } = await connect(agrees);
    world.faults.add({
      kind: 'error_before',
      cloud: 'volt',
      method: 'POST',
      path: '/pods',
      status: 409,
      times: 1,
    });
    const late = await asked('create_pod', VOLT_POD);
    expect(late.structured.error?.code).toBe('wrong_state');
    expect(refsIn(late.structured.error?.hint)[0]).toBe('volt:machine:mach_rtx4090_02');
    expect(world.pods.list()).toEqual([]);
  });
});
