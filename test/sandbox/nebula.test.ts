import { describe, expect, it } from 'vitest';
import { VM_PASSWORD } from '../../src/sandbox/constants.ts';
import { INSTANCE, obj, start, str } from './start.ts';

async function withInstance(order: object = INSTANCE) {
  const api = await start();
  const created = await api.nebula('POST', '/computing/instance', order);
  const id = api.world.pods.list('nebula')[0]?.id ?? '';
  return { ...api, created, id };
}

describe('Nebula catalogue', () => {
  it('groups products by region and GPU family and images by region', async () => {
    const { nebula } = await start();
    const products = (await nebula('GET', '/computing/products')).json;
    expect(products.status).toBe('success');
    const canada = obj(obj(products.data).CANADA);
    expect(canada.A6000).toContainEqual({
      id: 'prd-ca-a6000-1',
      dc_id: 1,
      product_type: 'Virtual Machine',
      region: 'CANADA',
      price_per_hour: 0.49,
      cpu: 28,
      ram: 58,
      gpu: 'RTX-A6000',
      gpu_type: 'A6000',
      gpu_count: 1,
      disk_size: 100,
      ephemeral: 725,
      stock: 12,
      cycle: 'hourly',
      is_available: true,
    });
    const images = obj((await nebula('GET', '/computing/images')).json.data);
    const places = Object.entries(images).flatMap(([region, rows]) =>
      (rows as { dc_id: number; region: string }[]).map((row) => {
        expect(row.region).toBe(region);
        return `${row.dc_id} ${region}`;
      }),
    );
    expect(places).toEqual(expect.arrayContaining(['2 CANADA', '2 NORWAY']));
  });
});

describe('Nebula instances', () => {
  it('creates without returning an id and shows the row in the list', async () => {
    const { created, nebula, id } = await withInstance();
    expect(created.status).toBe(200);
    expect(created.json).toEqual({ message: expect.any(String), status: 'success' });
    expect(created.text).not.toContain(id);
    expect((await nebula('GET', '/computing/instances')).json).toEqual({
      data: [
        {
          id,
          region: 'CANADA',
          product_type: 'GPU',
          host_name: 'my-instance',
          cpu_cores: 28,
          ram: 58,
          gpu_type: 'RTX-A6000',
          gpu_count: 1,
          disk_size: 100,
          ephemeral: 725,
          public_ipv4: '',
          price_per_hour: 0.49,
          os: 'Ubuntu Server 22.04 LTS R570 CUDA 12.8',
          status: 'Creating',
        },
      ],
      message: expect.any(String),
      status: 'success',
      total_instance: 1,
    });
  });

  it('shows the detail as an array of one with numbers in strings and the password in clear', async () => {
    const { nebula, world, id } = await withInstance();
    world.clock.advance(2 * 3600 + 1800);
    const { json } = await nebula('GET', `/computing/instance/${id}`);
    expect(json.data).toEqual([
      {
        id,
        region: 'CANADA',
        product_type: 'Virtual Machine',
        host_name: 'my-instance',
        cpu_cores: '28',
        ram: '58',
        gpu_type: 'RTX-A6000',
        gpu_count: 1,
        disk_size: 100,
        public_ipv4: '198.51.100.10',
        os: 'Ubuntu Server 22.04 LTS R570 CUDA 12.8',
        status: 'Running',
        login_method: '',
        exposed_ports: '',
        vm_name: expect.any(String),
        vm_password: VM_PASSWORD,
        start_time: 'EST 2026-03-28 10:00:00',
        running_time: '2.5000 hours',
        total_cost: '$1.2250',
      },
    ]);
  });

  it('stops, starts and reboots by GET, once per call, and refuses wrong states with HTTP 200', async () => {
    const { nebula, world, id } = await withInstance();
    const act = async (verb: string) => (await nebula('GET', `/computing/instance/${id}/${verb}`)).json;
    expect(await act('stop')).toMatchObject({
      status: 'failed',
      message: 'Cannot stop an instance that is Creating',
    });
    world.clock.advance(20);
    expect(await act('reboot')).toEqual({ message: 'Instance is rebooting', status: 'success' });
    world.clock.advance(20);
    expect((await act('stop')).status).toBe('success');
    expect(world.pods.get('nebula', id)?.state).toBe('Stopping');
    world.clock.advance(5);
    expect(await act('stop')).toMatchObject({ status: 'failed' });
    expect((await act('start')).status).toBe('success');
    world.clock.advance(20);
    expect(world.pods.get('nebula', id)?.state).toBe('Running');
    expect(world.nebula.instances[0]?.actions).toEqual({ start: 1, stop: 1, reboot: 1 });
  });

  it('bills until deletion, stopped or not, and then lists it as deleted', async () => {
    const { nebula, world, id } = await withInstance();
    world.clock.advance(3600);
    await nebula('GET', `/computing/instance/${id}/stop`);
    world.clock.advance(3600);
    expect((await nebula('GET', '/users/credits')).json.data).toEqual({ available_balance: '1227.57600' });
    expect((await nebula('DELETE', `/computing/instance/${id}`)).json.status).toBe('success');
    world.clock.advance(3600);
    expect(world.ledger.balance('nebula')).toBe(1227.576);
    expect((await nebula('GET', '/computing/instances')).json).toMatchObject({ data: [], total_instance: 0 });
    const deleted = await nebula('GET', '/computing/deleted-instances');
    expect(deleted.json).toMatchObject({ data: [{ id, status: 'Deleted' }], total_instance: 1 });
    expect((await nebula('DELETE', `/computing/instance/${id}`)).json.status).toBe('failed');
    expect(world.stock.get('nebula', 'prd-ca-a6000-1')).toBe(12);
  });

  it.each([
    [
      'an image of another region with the same dc_id',
      { product_id: 'prd-ca-h100-1', image_id: 'img-no2-ubuntu2204' },
    ],
    ['an image of another data centre', { image_id: 'img-ca2-ubuntu2204' }],
    ['a product out of stock', { product_id: 'prd-ca-l40-1' }],
    ['a product not available', { product_id: 'prd-us-h100-2', image_id: 'img-us3-ubuntu2204' }],
    ['an unknown product', { product_id: 'prd-none' }],
    ['an unknown image', { image_id: 'img-none' }],
    ['an unknown SSH key', { ssh_key_id: 74 }],
  ])('refuses %s with HTTP 200 and status failed', async (_what, change) => {
    const { created, world } = await withInstance({ ...INSTANCE, ...change });
    expect(created.status).toBe(200);
    expect(created.json).toEqual({ data: {}, message: expect.any(String), status: 'failed' });
    expect(world.ledger.entries).toEqual([]);
  });

  it('refuses to create without credits, with HTTP 200', async () => {
    const { nebula, world } = await start();
    world.ledger.setBalance('nebula', 0.48);
    const { status, json } = await nebula('POST', '/computing/instance', INSTANCE);
    expect([status, json.message, json.status]).toEqual([200, 'Insufficient credits', 'failed']);
  });

  it('lets a container only be terminated', async () => {
    const order = { ...INSTANCE, product_id: 'prd-us-rtx4090-c', image_id: 'img-us4-pytorch' };
    const { nebula, world, id } = await withInstance(order);
    world.clock.advance(20);
    const { json } = await nebula('GET', `/computing/instance/${id}/stop`);
    expect(json.message).toContain('only supports Terminate');
    expect((await nebula('DELETE', `/computing/instance/${id}`)).json.status).toBe('success');
  });

  it('pages with limit and offset', async () => {
    const { nebula } = await start();
    for (const n of [1, 2, 3])
      await nebula('POST', '/computing/instance', { ...INSTANCE, instance_name: `i${n}` });
    const second = await nebula('GET', '/computing/instances?limit=1&offset=1');
    expect(second.json).toMatchObject({ data: [{ host_name: 'i2' }], total_instance: 3 });
  });
});

describe('Nebula account', () => {
  it('keeps SSH keys with both spellings of time', async () => {
    const { nebula } = await start();
    const first = { id: 73, key_name: 'work-laptop', create_time: 'EST 2024-11-05 18:01:07' };
    expect((await nebula('GET', '/ssh-keys')).json.data).toMatchObject({
      total_ssh_keys: 1,
      ssh_keys: [first],
    });
    const key_data = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG ci';
    const added = (await nebula('POST', '/ssh-keys', { key_name: 'ci', key_data })).json.data;
    expect(added).toEqual({ id: 74, key_name: 'ci', key_data, create_time: '1774706400' });
    const renamed = (await nebula('PUT', '/ssh-keys/73', { key_name: 'desk' })).json.data;
    expect(renamed).toMatchObject({ id: 73, key_name: 'desk', create_time: '1730847667' });
    expect((await nebula('DELETE', '/ssh-keys/74')).json).toMatchObject({ data: {}, status: 'success' });
    expect((await nebula('DELETE', '/ssh-keys/74')).json.status).toBe('failed');
  });

  it('keeps API keys: lists at /api_keys, deletes as the documented page says', async () => {
    const { nebula } = await start();
    const made = obj((await nebula('POST', '/api-keys', { name: 'ci', description: 'for CI' })).json.data);
    const key = str(made.key);
    expect(made).toEqual({ id: 6, key: expect.stringMatching(/^ak_/), name: 'ci', description: 'for CI' });
    const list = await nebula('GET', '/api_keys');
    expect(list.json.data).toContainEqual({
      id: 6,
      name: 'ci',
      description: 'for CI',
      partial_key_data: 'ak_...',
    });
    expect(list.text).not.toContain(key);
    expect((await nebula('DELETE', '/api-keys/5')).json).toEqual({
      data: {},
      message: 'API key successfully deleted',
      status: 'success',
    });
    const bearer = { authorization: `Bearer ${key}` };
    expect((await nebula('GET', '/users/credits', undefined, bearer)).status).toBe(200);
    await nebula('DELETE', '/api-keys/4');
    expect((await nebula('GET', '/users/credits')).status).toBe(401);
  });

  it('logs in with a form and accepts its token for two hours', async () => {
    const { nebula, world } = await start();
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const login = await nebula(
      'POST',
      '/login',
      'username=sandbox%40example.com&password=sandbox_password',
      form,
    );
    const { jwtToken, ...rest } = obj(login.json.data);
    expect(rest).toEqual({
      id: expect.any(Number),
      name: 'Sandbox User',
      email: 'sandbox@example.com',
      is_staff: false,
      is_active: true,
    });
    const bearer = { authorization: `Bearer ${str(jwtToken)}` };
    expect((await nebula('GET', '/users/credits', undefined, bearer)).status).toBe(200);
    world.clock.advance(7200);
    expect((await nebula('GET', '/users/credits', undefined, bearer)).status).toBe(401);
    expect((await nebula('POST', '/login', 'username=a&password=b', form)).status).toBe(401);
    expect((await nebula('POST', '/login', { username: 'a', password: 'b' }, {})).status).toBe(400);
  });

  it('reports credits, their history and invoices, and hands out a PDF by numeric id', async () => {
    const { nebula } = await start();
    expect((await nebula('GET', '/users/credits')).json.data).toEqual({ available_balance: '1228.55600' });
    const history = obj((await nebula('GET', '/users/credits/history?limit=2')).json.data);
    expect(history).toMatchObject({ credit_balance: 1228.556, total_credit_histories: 4 });
    expect(history.credit_history).toHaveLength(2);
    const invoices = obj((await nebula('GET', '/users/invoices?limit=1')).json.data);
    expect(invoices).toEqual({
      invoices: [
        {
          id: 301,
          invoice_id: '#NB-20241029181932',
          price: 10,
          type: 'Reload',
          invoiced_time: 'EST 2024-10-29 14:19:32',
          user_id: 1041,
        },
      ],
      total_invoices: 5,
    });
    const pdf = await nebula('GET', '/users/invoice-download/301');
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect(pdf.text.startsWith('%PDF-1.4')).toBe(true);
    const table = Number(/startxref\n(\d+)\n%%EOF/.exec(pdf.text)?.[1]);
    expect(pdf.text.slice(table, table + 4)).toBe('xref');
    expect((await nebula('GET', '/users/invoice-download/999')).json.status).toBe('failed');
  });
});
