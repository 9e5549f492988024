import { describe, expect, it } from 'vitest';
import {
  BARE_OS_NOTE,
  LIUM as LIUM_NOTE,
  NO_SSH_KEY_NOTE,
  ORDER,
  STOCK_UNKNOWN,
  TARGON as TARGON_NOTE,
  TARGON_NOTES,
  UNKNOWN_MULTIPLE,
} from '../../../src/clouds/volt/notes.ts';
import { RESOURCE_NAMES } from '../../../src/clouds/volt/order-targon.ts';
import type { CreatePodRequest } from '../../../src/core/requests.ts';
import { fieldsIn, naming, quotesIn, toolsIn } from '../../facts.ts';
import * as doc from './documented.ts';
import { SSH_KEYS, TEMPLATES } from './documented-account.ts';
import { failure, fakeVolt, io } from './fake.ts';

const EMPTY: CreatePodRequest = {
  name: '',
  machine_id: null,
  resource_name: null,
  gpu_count: null,
  template_id: null,
  image: null,
  ssh_key_ids: [],
  volume_gb: null,
};
const LIUM: CreatePodRequest = {
  ...EMPTY,
  name: 'my-training-pod',
  machine_id: 'mach_rtx4090_01',
  template_id: 'tpl_pytorch21',
  ssh_key_ids: ['key_abc123'],
  gpu_count: 1,
  volume_gb: 50,
};
const TARGON: CreatePodRequest = {
  ...EMPTY,
  name: 'my-training-server',
  machine_id: 'mach_h200_targon_01',
  resource_name: 'h200-small',
  image: 'pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel',
};

const ACCOUNT: Record<string, unknown> = { 'GET /templates': TEMPLATES, 'GET /ssh-keys': SSH_KEYS };

const prepare = (request: CreatePodRequest, machines: unknown = doc.MACHINES) =>
  fakeVolt({ ...ACCOUNT, 'GET /machines': machines }).volt.pods.prepareCreate(io(), request);

const withRow = (index: number, fields: Record<string, unknown>) => ({
  machines: doc.MACHINES.machines.map((row, at) => (at === index ? { ...row, ...fields } : row)),
  total: 3,
});

describe('a Lium order', () => {
  it('has the documented body, byte for byte, and a price with its arithmetic', async () => {
    const order = await prepare(LIUM);
    expect(JSON.stringify(order.body)).toBe(
      '{"machine_id":"mach_rtx4090_01","name":"my-training-pod","template_id":"tpl_pytorch21","ssh_key_ids":["key_abc123"],"gpu_count":1,"volume_size_gb":50}',
    );
    expect(order.summary).toMatch(naming('1', 'RTX 4090', 'US-East', 'Volt', 'lium'));
    expect(order.cost).toEqual({
      usd_per_hour: 0.39,
      usd_upfront: 0,
      usd_upfront_max: 0,
      basis: LIUM_NOTE.basis(0.39, 1, 0.39),
      quoted_at: '2026-04-01T12:00:00.000Z',
    });
    expect(order.consequences).not.toContain(NO_SSH_KEY_NOTE);
  });

  it('leaves out what is not given, asks for the one GPU it shows, and warns that no one can log in', async () => {
    const order = await prepare({ ...LIUM, gpu_count: null, volume_gb: null, ssh_key_ids: [] });
    expect(JSON.stringify(order.body)).toBe(
      '{"machine_id":"mach_rtx4090_01","name":"my-training-pod","template_id":"tpl_pytorch21","gpu_count":1}',
    );
    expect(order.consequences).toContain(NO_SSH_KEY_NOTE);
  });

  it.each([
    [0.39, 3, 1.17],
    [0.1, 3, 0.3],
    [1.005, 2, 2.01],
    [0.33335, 3, 1.0001],
  ])('%d USD x %i = %d USD, without dust', async (cost_per_gpu_hour, gpu_count, total) => {
    const order = await prepare({ ...LIUM, gpu_count }, withRow(0, { cost_per_gpu_hour }));
    expect(order.cost.usd_per_hour).toBe(total);
  });

  it('reads what it refers to fresh, each list once, and sends no write', async () => {
    const { volt, sent } = fakeVolt({ ...ACCOUNT, 'GET /machines': doc.MACHINES });
    await volt.pods.prepareCreate(io(), LIUM);
    expect(sent.map(({ route, io: used }) => [route, used.fresh])).toEqual([
      ['GET /machines', true],
      ['GET /templates', true],
      ['GET /ssh-keys', true],
    ]);
  });

  it('names template, image and keys; the image is a fact', async () => {
    const { effects, facts } = await prepare(LIUM);
    const [template] = TEMPLATES.templates;
    expect(facts).toEqual({ image: template?.image });
    for (const part of [template?.name, template?.image, 'volt:template:tpl_pytorch21', 'work-laptop']) {
      expect(effects.join(' ')).toContain(part);
    }
  });

  it('of a template or a key that the account lacks is refused', async () => {
    const error = await failure(prepare({ ...LIUM, template_id: 'tpl_none', ssh_key_ids: ['key_none'] }));
    expect(error).toMatchObject({ code: 'invalid_input' });
    expect(fieldsIn(error.message)).toEqual(['template', 'ssh_keys']);
    expect(quotesIn(error.message)).toEqual(['key_none']);
    expect(toolsIn(error.message)).toEqual(['list_templates', 'list_ssh_keys']);
  });

  it('goes on when the API key may not read templates and keys', async () => {
    const closed = { status: 403, body: { error: true, status: 403, message: 'No scope.', code: 'X' } };
    const { volt } = fakeVolt({
      'GET /machines': doc.MACHINES,
      'GET /templates': closed,
      'GET /ssh-keys': closed,
    });
    const { facts, body } = await volt.pods.prepareCreate(io(), LIUM);
    expect(facts).toEqual({ image: null });
    expect(body).toMatchObject({ template_id: 'tpl_pytorch21' });
  });

  it('names everything that is missing or wrong at once, with the tools that help', async () => {
    const { volt, sent } = fakeVolt({});
    const error = await failure(volt.pods.prepareCreate(io(), { ...EMPTY, image: 'ubuntu:22.04' }));
    expect(error.code).toBe('invalid_input');
    expect(fieldsIn(error.message)).toEqual(['machine', 'template', 'image']);
    expect(toolsIn(error.hint)).toEqual(['list_machines', 'list_templates']);
    expect(sent).toEqual([]);
  });

  it('refuses more GPUs than are free, and a machine that is gone', async () => {
    const many = await failure(prepare({ ...LIUM, gpu_count: 4 }));
    expect(many).toMatchObject({ code: 'invalid_input' });
    expect(fieldsIn(many.message)).toEqual(['gpu_count']);
    expect(many.message).toMatch(/\b3\b/);
    const gone = await failure(prepare({ ...LIUM, machine_id: 'mach_none' }));
    expect(fieldsIn(gone.message)).toEqual(['machine']);
    expect(toolsIn(gone.hint)).toEqual(['list_machines']);
  });

  it('refuses a machine that is sold out, or without a price', async () => {
    const soldOut = await failure(prepare(LIUM, withRow(0, { available_gpus: 0 })));
    expect(soldOut).toMatchObject({ code: 'wrong_state' });
    expect(soldOut.hint).toContain('volt:machine:mach_h100_02');
    const free = await failure(prepare(LIUM, withRow(0, { cost_per_gpu_hour: 0 })));
    const freeTargon = await failure(prepare(TARGON, withRow(2, { cost_per_gpu_hour: 0 })));
    const unpriced = await failure(prepare(LIUM, withRow(0, { cost_per_gpu_hour: null })));
    for (const { code, message } of [free, freeTargon, unpriced]) {
      expect([code, fieldsIn(message)]).toEqual(['invalid_input', ['machine']]);
    }
  });

  it('says when the stock is unknown', async () => {
    const order = await prepare(LIUM, withRow(0, { available_gpus: undefined }));
    expect(order.consequences.at(-1)).toBe(STOCK_UNKNOWN);
  });

  it('shows a hostile location as data', async () => {
    const order = await prepare(LIUM, withRow(0, { location: 'US\u202e\nEast' }));
    expect(order.summary).toContain(ORDER.place('US East'));
  });
});

describe('a Targon order', () => {
  it('has the documented body with the price just read', async () => {
    const order = await prepare(TARGON);
    expect(JSON.stringify(order.body)).toBe(
      '{"provider":"targon","name":"my-training-server","resource_name":"h200-small","image":"pytorch/pytorch:2.5.1-cuda12.4-cudnn9-devel","cost_per_hour":2.4}',
    );
    expect(order.summary).toMatch(naming('h200-small', 'H200', 'US-Central', 'Volt', 'targon'));
    expect(order.cost).toMatchObject({ usd_per_hour: 2.4, usd_upfront: 0 });
    expect(order.cost.basis).toBe(TARGON_NOTE.basis(2.4, 'per GPU', 'mach_h200_targon_01'));
    expect(order.consequences).toEqual(expect.arrayContaining(TARGON_NOTES));
    expect(order.consequences).not.toContain(UNKNOWN_MULTIPLE);
    expect(order.consequences).not.toContain(BARE_OS_NOTE);
  });

  it('takes no price of another GPU whose name merely begins alike', async () => {
    const error = await failure(prepare({ ...TARGON, machine_id: null, resource_name: 'h20-small' }));
    expect(fieldsIn(error.message)).toEqual(['machine']);
    const named = await prepare({ ...TARGON, resource_name: 'h20-small' });
    expect(named.consequences).toContain(TARGON_NOTE.other_gpu('H200', 'h20-small'));
    const spelled = await prepare({ ...TARGON, machine_id: null }, withRow(2, { gpu_type: 'NVIDIA-H200' }));
    expect(spelled.body).toMatchObject({ cost_per_hour: 2.4 });
  });

  it('never costs less than one GPU, for any number of GPUs of the host', async () => {
    const order = await prepare({ ...TARGON, resource_name: 'h200-large' }, withRow(2, { gpu_count: 0 }));
    expect(order.cost.usd_per_hour).toBe(2.4 * 8);
  });

  it('is what the machine says, but never derives the resource name', async () => {
    const error = await failure(prepare({ ...TARGON, resource_name: null, image: null }));
    expect(fieldsIn(error.message)).toEqual(['resource_name', 'image']);
    for (const name of RESOURCE_NAMES) expect(error.message).toContain(name);
  });

  it('needs a Targon machine for its price', async () => {
    const none = await failure(prepare({ ...TARGON, machine_id: null, resource_name: 'gb300-small' }));
    expect(fieldsIn(none.message)).toEqual(['machine']);
    const lium = await failure(prepare({ ...TARGON, machine_id: 'mach_h100_02' }));
    expect(fieldsIn(lium.message)).toEqual(['machine']);
    expect(lium.message).toContain('lium');
  });

  it('refuses the fields that only Lium has, naming them', async () => {
    const error = await failure(
      prepare({ ...TARGON, template_id: 'tpl', ssh_key_ids: ['key'], gpu_count: 1, volume_gb: 50 }),
    );
    expect(fieldsIn(error.message)).toEqual(['template', 'ssh_keys', 'gpu_count', 'volume_gb']);
  });

  it.each([
    ['h200-large', [UNKNOWN_MULTIPLE]],
    ['b200-small', [TARGON_NOTE.other_gpu('H200', 'b200-small')]],
    [
      'h100-xlarge',
      [
        TARGON_NOTE.undocumented_size('h100-xlarge', RESOURCE_NAMES),
        UNKNOWN_MULTIPLE,
        TARGON_NOTE.other_gpu('H200', 'h100-xlarge'),
      ],
    ],
  ])('%s is allowed with what is not known about it', async (resource_name, notes) => {
    const order = await prepare({ ...TARGON, resource_name });
    expect(order.consequences).toEqual(expect.arrayContaining(notes));
    expect(order.body).toMatchObject({ resource_name, cost_per_hour: 2.4 });
  });

  it.each(['ubuntu:22.04', 'debian', 'docker.io/library/alpine:3'])(
    '%s crashes in a loop, and it says so',
    async (image) => {
      expect((await prepare({ ...TARGON, image })).consequences).toContain(BARE_OS_NOTE);
    },
  );

  it.each(['not an image', '--privileged', 'a\nb'])('refuses the image %j', async (image) => {
    expect(fieldsIn((await failure(prepare({ ...TARGON, image }))).message)).toEqual(['image']);
  });

  it('refuses a sold out machine', async () => {
    const error = await failure(prepare(TARGON, withRow(2, { available_gpus: 0 })));
    expect(error).toMatchObject({ code: 'wrong_state' });
  });
});
