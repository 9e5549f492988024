import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { givenArguments, readInput } from '../../src/engine/input.ts';
import { meantArgument, meantTool } from '../../src/engine/meant.ts';
import { cloudField, listField, refField, textField } from '../../src/tools/fields.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { naming } from '../facts.ts';

const schema = z.strictObject({
  name: z.string().optional(),
  cloud: cloudField,
  pod: refField('pod').optional(),
  keys: z.array(refField('ssh_key')).optional(),
  hours: z.number().optional(),
  limit: z.number().int().optional(),
  volume_gb: z.number().int().optional(),
  gpu_count: z.number().int().optional(),
  timeout_seconds: z.number().int().optional(),
  max_usd: z.number().optional(),
  max_usd_per_hour: z.number().optional(),
  max_usd_per_gpu_hour: z.number().optional(),
  available_only: z.boolean().optional(),
  state: z.enum(['running', 'stopped']).optional(),
  ssh_keys: z.array(z.string()).optional(),
  ports: z.array(z.number().int()).optional(),
  messages: listField(
    z.strictObject({ role: z.enum(['user', 'system']), content: z.string() }),
    9,
    1,
  ).optional(),
  env_vars: z.record(z.string(), z.string()).optional(),
});

const read = (args: Record<string, unknown>, isRead = true) => readInput(schema, args, isRead);

describe('an argument in another form', () => {
  it.each<[string, unknown, unknown]>([
    ['limit', '5', 5],
    ['limit', ' 5 ', 5],
    ['limit', '5.0', 5],
    ['max_usd', '2.69', 2.69],
    ['max_usd', '$3', 3],
    ['max_usd', '$ 3', 3],
    ['max_usd', '3 USD', 3],
    ['max_usd', 'USD 3', 3],
    ['max_usd_per_hour', '$3/h', 3],
    ['max_usd_per_hour', '3 usd per hour', 3],
    ['max_usd_per_gpu_hour', '$2.5/hr', 2.5],
    ['max_usd_per_gpu_hour', '$2.5/GPU/h', 2.5],
    ['hours', '2h', 2],
    ['hours', '1.5 hours', 1.5],
    ['hours', '.5', 0.5],
    ['volume_gb', '80GB', 80],
    ['volume_gb', '80 gb', 80],
    ['timeout_seconds', '60s', 60],
    ['gpu_count', '2 GPUs', 2],
    ['available_only', 'true', true],
    ['available_only', 'False', false],
    ['state', 'Running', 'running'],
    ['state', 'STOPPED', 'stopped'],
    ['ssh_keys', 'volt:ssh_key:a', ['volt:ssh_key:a']],
    ['ssh_keys', '["volt:ssh_key:a","volt:ssh_key:b"]', ['volt:ssh_key:a', 'volt:ssh_key:b']],
    ['ssh_keys', '[INST] hello', ['[INST] hello']],
    ['ssh_keys', '[1, 2]', ['[1, 2]']],
    ['ports', '[22, 80]', [22, 80]],
    ['ports', '22', [22]],
    ['ports', 22, [22]],
    ['ports', ['22', 80], [22, 80]],
    ['messages', '[{"role":"user","content":"hi"}]', [{ role: 'user', content: 'hi' }]],
    ['messages', { role: 'User', content: '' }, [{ role: 'user', content: '' }]],
    ['messages', [{ role: 'user', content: 'hi', name: null }], [{ role: 'user', content: 'hi' }]],
    ['ports', '["8080"]', [8080]],
    ['ports', '[8080,"22",null]', [8080, 22]],
    ['ports', ['', 22], [22]],
    ['ssh_keys', ['', 'a', null], ['a']],
    ['ssh_keys', [''], []],
    ['keys', '[73, "a"]', ['73', 'a']],
    ['keys', [73], ['73']],
    ['keys', 73, ['73']],
    ['keys', ['Volt:SSH_Key:aB'], ['volt:ssh_key:aB']],
    ['pod', 401, '401'],
    ['pod', 'Volt:Pod:aB:C', 'volt:pod:aB:C'],
    ['pod', 'GPU://VOLT/Pod/a%20B', 'volt:pod:a B'],
    ['pod', 'gpu://volt/pod/..%2Fx', 'gpu://volt/pod/..%2Fx'],
    ['pod', 'Train-1', 'Train-1'],
    ['pod', 'Ubuntu:Latest', 'Ubuntu:Latest'],
    ['env_vars', '{"A":"1"}', { A: '1' }],
    ['env_vars', '{"PORT":8080}', { PORT: '8080' }],
    ['env_vars', { PORT: 8080, EMPTY: '' }, { PORT: '8080', EMPTY: '' }],
  ])('%s: %j is read as %j', (name, given, meant) => {
    const { args, faults } = read({ [name]: given });
    expect([...faults]).toEqual([]);
    expect(schema.parse(args)).toEqual({ [name]: meant });
  });

  it.each<[string, unknown, string]>([
    ['limit', '1,000', '20'],
    ['limit', '0x10', '20'],
    ['limit', 'ten', '20'],
    ['limit', 'Infinity', '20'],
    ['max_usd', '3 EUR', 'dollars'],
    ['max_usd', '$1,000', 'dollars'],
    ['max_usd', '$3/h', 'dollars'],
    ['hours', '2 days', 'hours'],
    ['hours', '90m', 'hours'],
    ['volume_gb', '1TB', 'GB'],
    ['timeout_seconds', '2min', 'seconds'],
    ['ports', '22,80', '20'],
  ])('%s: %j is refused with its unit or an example', (name, given, rule) => {
    const { faults } = read({ [name]: given });
    expect([...faults.values()].join()).toMatch(naming(rule));
  });

  it.each<[string, unknown]>([
    ['cloud', 'all'],
    ['cloud', ' Any'],
    ['messages', []],
    ['messages', [null]],
    ['messages', '[]'],
  ])('%s: %j is left out', (name, given) => {
    expect(read({ [name]: given })).toEqual({ args: {}, faults: new Map() });
  });

  it('names one cloud if one is meant', () => {
    expect([...read({ cloud: 'all' }, false).faults.keys()]).toEqual(['cloud']);
    const needed = z.strictObject({ cloud: cloudField.unwrap() });
    expect([...readInput(needed, { cloud: 'all' }, true).faults.keys()]).toEqual(['cloud']);
  });

  it.each<[string, unknown]>([
    ['name', 5],
    ['pod', 1.5],
    ['pod', 2 ** 60],
    ['pod', true],
    ['env_vars', { VERSION: 3.1 }],
    ['env_vars', { A: null }],
    ['ssh_keys', [1]],
  ])('%s: %j is refused, because it may mean another text', (name, given) => {
    const { args } = read({ [name]: given });
    expect(schema.safeParse(args).success).toBe(false);
  });

  it('counts as missing if a call must have it and it is filled with nothing', () => {
    const needed = z.strictObject({
      pod: refField('pod'),
      input: listField(textField(9), 9, 1),
      how: z.enum(['stop', 'delete']),
      hours: z.number(),
      prompt: textField(9),
    });
    const of = (args: Record<string, unknown>) => readInput(needed, args, true).args;
    const all = (filler: unknown) =>
      of(Object.fromEntries(Object.keys(needed.shape).map((name) => [name, filler])));
    expect(all(null)).toEqual({});
    expect(all(' ')).toEqual({ prompt: ' ' });
    expect(of({ input: ['a', ''] })).toEqual({ input: ['a', ''] });
    expect(of({ input: '["a", null]' })).toEqual({ input: ['["a", null]'] });
  });

  it('that is as the schema wants it stays as it is', () => {
    const whole = { name: '5', hours: 2, ssh_keys: ['true'], env_vars: { A: 'true' }, available_only: false };
    expect(read(whole).args).toEqual(whole);
  });

  it('never fails, and what was read is read the same again', () => {
    const names = fc.constantFrom(...Object.keys(schema.shape), 'stranger', '__proto__');
    fc.assert(
      fc.property(fc.dictionary(names, fc.jsonValue()), (given) => {
        const once = read(given).args;
        expect(read(once).args).toEqual(once);
      }),
    );
  });

  it('any number may come as its numeral', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (hours) => {
        expect(read({ hours: String(hours) }).args.hours).toBe(hours === 0 ? 0 : hours);
      }),
    );
  });
});

describe('an argument that counts as not given', () => {
  it('null, "" and what hosts add by themselves', () => {
    expect(
      givenArguments(
        {
          gpu: null,
          region: '',
          cursor: '  ',
          confirmation_token: '',
          limit: 0,
          available_only: false,
          toolCallId: 'x',
          sessionId: 'x',
          action: 'sendMessage',
          chatInput: 'x',
          tool: 'x',
          _meta: {},
        },
        [],
      ),
    ).toEqual({ limit: 0, available_only: false });
  });

  it('but never what is needed', () => {
    expect(givenArguments({ pod: '', name: null }, ['pod'])).toEqual({ pod: '' });
  });

  it('is the name of no argument of a tool', () => {
    const added = ['toolCallId', 'sessionId', 'action', 'chatInput', 'tool', '_meta'];
    expect(TOOLS.flatMap(({ input }) => added.filter((name) => name in input.shape))).toEqual([]);
  });
});

const argumentsOf = (name: string): string[] =>
  Object.keys(TOOLS.find((tool) => tool.name === name)?.input.shape ?? {});

describe('a name that was meant', () => {
  it.each([
    ['list_machines', 'gpuModel', 'gpu'],
    ['list_machines', 'gpu_model', 'gpu'],
    ['list_machines', 'maxUsdPerGpuHour', 'max_usd_per_gpu_hour'],
    ['list_machines', 'max_price', 'max_usd_per_gpu_hour'],
    ['list_machines', 'Region', 'region'],
    ['list_machines', 'regoin', 'region'],
    ['list_machines', 'page_size', 'limit'],
    ['create_pod', 'max_price', 'max_usd_per_hour'],
    ['create_pod', 'machine_id', 'machine'],
    ['create_pod', 'sshKeys', 'ssh_keys'],
    ['create_pod', 'ssh_key_ids', 'ssh_keys'],
    ['get_pod', 'pod_id', 'pod'],
    ['get_pod', 'instance_id', 'pod'],
    ['get_pod', 'id', 'pod'],
    ['submit_finetune', 'dataset', 'dataset_repo'],
    ['wait_for', 'pod', 'ref'],
    ['wait_for', 'target', 'until'],
    ['create_pod', 'pod_name', 'name'],
    ['create_pod', 'instanceType', 'machine'],
    ['get_pod', 'pod_name', 'pod'],
    ['rename_ssh_key', 'new_name', 'name'],
    ['stop_spending', 'things', 'refs'],
    ['stop_spending', 'pods', 'refs'],
    ['stop_spending', 'pod_ids', 'refs'],
    ['stop_spending', 'mode', 'how'],
  ])('of %s: %s is %s', (tool, name, meant) => {
    expect(meantArgument(name, argumentsOf(tool))).toBe(meant);
  });

  it('is none if nothing is near', () => {
    expect(meantArgument('nonsense_argument', argumentsOf('list_machines'))).toBeNull();
    expect(meantArgument('constructor', argumentsOf('get_pod'))).toBeNull();
  });

  it.each([
    ['launch_instance', 'create_pod'],
    ['terminate_pod', 'delete_pod'],
    ['terminate_instance', 'delete_pod'],
    ['list_instances', 'list_pods'],
    ['listMachines', 'list_machines'],
    ['pod_list', 'list_pods'],
    ['find_gpus', 'list_machines'],
    ['search_offers', 'list_machines'],
    ['get_balance', 'get_spend'],
    ['stop_instance', 'stop_pod'],
    ['wait_for_pod', 'wait_for'],
    ['list_machine', 'list_machines'],
    ['kill_pod', 'delete_pod'],
    ['reboot', 'restart_pod'],
    ['terminate', 'delete_pod'],
    ['train_model', 'submit_finetune'],
    ['run_inference', 'generate_text'],
    ['chat_completions', 'generate_text'],
    ['embeddings', 'embed_text'],
    ['mcp__gpu-cloud__list_machines', 'list_machines'],
    ['gpu-cloud.listMachines', 'list_machines'],
    ['mcp_gpu_cloud_get_docker_credential', 'get_docker_credential'],
    ['mcp__gpu__kill_instance', 'delete_pod'],
  ])('%s is %s', (name, meant) => {
    expect(meantTool(name, TOOLS)).toBe(meant);
  });

  it('is the same tool for every further name: no two tools share one, and none is the name of a tool', () => {
    const further = TOOLS.flatMap(({ alsoCalled }) => alsoCalled);
    expect(further.length).toBeGreaterThan(0);
    expect(further.filter((name, at) => further.indexOf(name) !== at)).toEqual([]);
    expect(TOOLS.filter(({ name }) => further.includes(name))).toEqual([]);
    for (const { name, alsoCalled } of TOOLS)
      for (const other of alsoCalled) expect(meantTool(other, TOOLS), other).toBe(name);
  });
});
