import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/cli/commands/call.ts';
import { invocation } from '../../src/cli/invocation.ts';
import { runHere } from './here.ts';

const SCHEMA = {
  properties: {
    name: { type: 'string' },
    limit: { type: 'integer' },
    price: { type: 'number' },
    open: { type: 'boolean' },
    keys: { type: 'array' },
    env: { type: 'object' },
  },
};

describe('the arguments of call', () => {
  it.each([
    [['name=5'], { name: '5' }],
    [['limit=5', 'price=0.5', 'open=true'], { limit: 5, price: 0.5, open: true }],
    [['limit=many'], { limit: 'many' }],
    [['keys=a, b'], { keys: ['a', 'b'] }],
    [['keys=["a,b"]'], { keys: ['a,b'] }],
    [['keys='], { keys: [] }],
    [['env={"A":"1"}'], { env: { A: '1' } }],
    [['name=a=b c'], { name: 'a=b c' }],
    [['{"limit": 1, "name": "x"}', 'limit=2'], { limit: 2, name: 'x' }],
    [['other=1'], { other: '1' }],
    [[], {}],
  ])('%j are typed by what the tool takes', async (given, args) => {
    expect(await readArguments(given, SCHEMA)).toEqual(args);
  });

  it('reach the tool: a number is a number, an unknown name is refused by name', async () => {
    const two = await runHere(['call', '--sandbox', '--json', 'list_machines', 'limit=2', 'gpu=H100']);
    expect(JSON.parse(two.stdout).machines).toHaveLength(2);
    const odd = await runHere(['call', '--sandbox', 'list_machines', 'wings=H100']);
    expect(odd.code).toBe(1);
    expect(odd.stdout).toMatch(/^invalid_input: wings\b/m);
  });
});

it.each([
  ['/home/a/gpu-cloud-mcp/dist/index.js', '/home/a/gpu-cloud-mcp', 'node dist/index.js'],
  ['/home/a/my clones/gpu/dist/index.js', '/home/a', "node 'my clones/gpu/dist/index.js'"],
  ['/opt/gpu/dist/index.js', '/home/a', 'node /opt/gpu/dist/index.js'],
  ['/usr/local/bin/gpu-cloud-mcp', '/home/a', 'gpu-cloud-mcp'],
  ['C:\\npm\\node_modules\\gpu-cloud-mcp\\dist\\index.js', '/', 'gpu-cloud-mcp'],
  ['/home/a/.npm/_npx/1f/node_modules/.bin/gpu-cloud-mcp', '/home/a', 'npx -y gpu-cloud-mcp'],
  ['/home/a/app/node_modules/.bin/gpu-cloud-mcp', '/home/a/app', 'npx gpu-cloud-mcp'],
])('%s in %s is started again with %s', (script, cwd, command) => {
  expect(invocation(script, cwd)).toBe(command);
});
