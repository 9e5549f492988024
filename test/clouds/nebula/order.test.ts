import { describe, expect, it } from 'vitest';
import { CONTAINER_NOTE, CREATE_NOTES, ORDER, SPOT_NOTE, WORST } from '../../../src/clouds/nebula/notes.ts';
import type { CreatePodRequest } from '../../../src/core/requests.ts';
import { fieldsIn, numbersIn, toolsIn } from '../../facts.ts';
import { a6000, images, listed, product, products, sshKeys } from './documented.ts';
import { type Answer, fakeNebula, io, NOW, ok, refusal } from './fake.ts';

const wanted: CreatePodRequest = {
  name: 'train-1',
  machine_id: 'fcp77aa01',
  resource_name: null,
  gpu_count: null,
  template_id: null,
  image: 'img-ca-1',
  ssh_key_ids: ['73'],
  volume_gb: null,
};

const market = (more: Record<string, Answer> = {}) =>
  fakeNebula({
    'GET /computing/products': ok(products),
    'GET /computing/images': ok(images),
    'GET /ssh-keys': ok(sshKeys),
    'GET /computing/instances': ok([listed], { total_instance: 1 }),
    'POST /computing/instance': { body: { message: 'Instances created successfully', status: 'success' } },
    ...more,
  });

const prepare = (change: Partial<CreatePodRequest>, more: Record<string, Answer> = {}) => {
  const fake = market(more);
  return { ...fake, order: fake.cloud.pods.prepareCreate(io(), { ...wanted, ...change }) };
};

describe('prepareCreate', () => {
  it('checks the order against fresh reads and shows its exact body, price and consequences', async () => {
    const { order, sent, lines } = prepare({});
    const { consequences, ...rest } = await order;
    expect(rest).toEqual({
      body: { instance_name: 'train-1', product_id: 'fcp77aa01', image_id: 'img-ca-1', ssh_key_id: 73 },
      summary: expect.stringMatching(/^2 x H100-80G-SXM\b.*\bCANADA\b.*\bContainer\b/),
      what: '2 x H100-80G-SXM',
      worst: WORST,
      cost: {
        usd_per_hour: 2.5,
        usd_upfront: 0,
        usd_upfront_max: 0,
        basis: ORDER.basis(2.5),
        quoted_at: new Date(NOW).toISOString(),
      },
      effects: [
        expect.stringMatching(/"train-1".*"Ubuntu Server 22\.04 LTS"/),
        expect.stringMatching(/"laptop" \(73\)/),
      ],
      facts: { machine: 'H100-80G-SXM', image: 'Ubuntu Server 22.04 LTS', ssh_key: 'laptop' },
      expects: { gpu_models: ['H100-80G-SXM', expect.any(String)], gpu_count: 2, usd_per_hour: [2.5] },
    });
    expect(consequences).toEqual([...CREATE_NOTES, CONTAINER_NOTE]);
    expect(lines().sort()).toEqual([
      'GET /computing/images',
      'GET /computing/instances?limit=100&offset=0',
      'GET /computing/products',
      'GET /ssh-keys?limit=100&offset=0',
    ]);
    expect(sent.every(({ fresh, repeatable }) => fresh && repeatable)).toBe(true);
  });

  it('names every missing and wrong field at once, with the tool that supplies it, and reads nothing', async () => {
    const { order, lines } = prepare({
      machine_id: null,
      image: null,
      ssh_key_ids: [],
      template_id: 'tpl_1',
      resource_name: 'h200-small',
      volume_gb: 50,
    });
    const error = await refusal(order);
    expect(error.code).toBe('invalid_input');
    expect(fieldsIn(error.message)).toEqual([
      'machine',
      'image',
      'ssh_keys',
      'template',
      'resource_name',
      'volume_gb',
    ]);
    expect(toolsIn(error.hint)).toEqual(['list_machines', 'list_images', 'list_ssh_keys']);
    expect(lines()).toEqual([]);
  });

  it('takes a price of 0 as unknown, so that no cap can be passed with it', async () => {
    const free = ok({ CANADA: { H100: [{ ...product, price_per_hour: 0 }] } });
    const { cost } = await prepare({}, { 'GET /computing/products': free }).order;
    expect(cost.usd_per_hour).toBeNull();
    expect(cost.basis).toBe(ORDER.basis(null));
  });

  it.each(['a', 'My box_1.2-x', 'x'.repeat(64)])('takes the name %j', async (name) => {
    expect((await prepare({ name }).order).body).toMatchObject({ instance_name: name });
  });

  it.each([[['a']], [['7', '8']], [['0x49']], [['-73']], [['73.0']]])(
    'refuses the SSH keys %j',
    async (ssh_key_ids) => {
      const { order, lines } = prepare({ ssh_key_ids });
      expect(fieldsIn((await refusal(order)).message)).toEqual(['ssh_keys']);
      expect(lines().filter((line) => line.startsWith('POST'))).toEqual([]);
    },
  );

  it('refuses an image of the same data center number in another region, showing both places', async () => {
    const { order, lines } = prepare({ machine_id: 'exp-0b1c', image: 'img-no-2' });
    const error = await refusal(order);
    expect(error.code).toBe('invalid_input');
    expect(error.message).toContain(ORDER.place(2, 'CANADA'));
    expect(error.message).toContain(ORDER.place(2, 'NORWAY'));
    expect(lines().filter((line) => line.startsWith('POST'))).toEqual([]);
  });

  it('refuses another data center of the same region, and places that are not known', async () => {
    expect((await refusal(prepare({ machine_id: 'exp-0b1c', image: 'img-ca-1' }).order)).code).toBe(
      'invalid_input',
    );
    const nowhere = { 'GET /computing/images': ok([{ id: 'img-ca-1' }]) };
    const error = await refusal(prepare({}, nowhere).order);
    expect(error.code).toBe('invalid_input');
    expect(error.message).toContain(ORDER.place(null, null));
  });

  it('gathers what the account and the offers say against it', async () => {
    const error = await refusal(
      prepare({ name: 'DEMO', machine_id: 'gone', image: 'gone', ssh_key_ids: ['99'] }).order,
    );
    expect(error.code).toBe('invalid_input');
    expect(fieldsIn(error.message).toSorted()).toEqual(['image', 'machine', 'name', 'ssh_keys']);
    const split = (await refusal(prepare({ gpu_count: 4 }).order)).message;
    expect(fieldsIn(split)).toEqual(['gpu_count']);
    expect(numbersIn(split)).toContain(2);
    expect((await prepare({ gpu_count: 2 }).order).cost.usd_per_hour).toBe(2.5);
  });

  it('allows the name of a deleted instance', async () => {
    const live = {
      'GET /computing/instances': ok([{ ...listed, status: 'Deleted' }], { total_instance: 1 }),
    };
    expect((await prepare({ name: 'demo' }, live).order).body).toMatchObject({ instance_name: 'demo' });
  });

  it.each([{ stock: 0 }, { is_available: false }, { stock: null }, { is_available: 'yes' }])(
    'a product with %j is wrong_state',
    async (change) => {
      const offers = { 'GET /computing/products': ok({ CANADA: { H100: [{ ...product, ...change }] } }) };
      expect((await refusal(prepare({}, offers).order)).code).toBe('wrong_state');
    },
  );

  it('labels spot, leaves an unknown price unknown, and sends key ids as numbers', async () => {
    const row = { ...a6000, id: 'fcp77aa01', dc_id: 1, is_spot: true, price_per_hour: 'soon' };
    const offers = { 'GET /computing/products': ok({ CANADA: { RTX: [row] } }) };
    const order = await prepare({}, offers).order;
    expect(order.cost.usd_per_hour).toBeNull();
    expect(order.consequences).toEqual([...CREATE_NOTES, SPOT_NOTE]);
    expect(order.body).toMatchObject({ ssh_key_id: 73 });
  });

  it('passes the failure of a read on', async () => {
    const error = await refusal(prepare({}, { 'GET /computing/instances': { body: {} } }).order);
    expect(error.code).toBe('unexpected_response');
  });
});

describe('create', () => {
  it('sends exactly the order and knows no pod', async () => {
    const { cloud, order, lines, sent } = prepare({});
    expect(await cloud.pods.create(io(), await order)).toBeNull();
    expect(lines().at(-1)).toBe(
      'POST /computing/instance {"instance_name":"train-1","product_id":"fcp77aa01","image_id":"img-ca-1","ssh_key_id":73}',
    );
    expect(sent.at(-1)?.repeatable).toBe(false);
  });

  it('a 200 that says "failed" is no success', async () => {
    const { cloud, order } = prepare(
      {},
      { 'POST /computing/instance': { body: { message: 'Insufficient credits', status: 'failed' } } },
    );
    const error = await refusal(cloud.pods.create(io(), await order));
    expect(error).toMatchObject({ code: 'insufficient_funds', cloud: 'nebula' });
  });
});
