import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { createTemplate, updateTemplate } from '../../src/tools/template-changes.ts';
import { deleteTemplate, getTemplate, listTemplates } from '../../src/tools/templates.ts';
import { fieldsIn, numbersIn, quotesIn, refsIn, toolsIn } from '../facts.ts';
import { accountCloud, credential, emptyAccount, template } from './fake-account.ts';
import { call, failureOf, fakeContext, planOf, reconcileAfter, seen } from './fake-context.ts';

const CANARY = 'hf_canary_value_1234567890';

function setUp() {
  const account = emptyAccount();
  account.credentials.push(credential('cred_1', 'GitHub'));
  account.templates.push(
    template('sys', 'PyTorch 2.1', { is_system: true }),
    template('own', 'SDXL', { env_var_names: ['MODEL_DIR', 'OLD_TOKEN'], ports: [8188, 22] }),
  );
  return { account, ctx: fakeContext([accountCloud('volt', account)]) };
}

const OWN = 'volt:template:own';
const SYSTEM = 'volt:template:sys';

describe('list_templates, get_template', () => {
  it("lists one's own first", async () => {
    const { text } = await call(listTemplates, {}, setUp().ctx);
    expect(text.indexOf(OWN)).toBeLessThan(text.indexOf(SYSTEM));
    expect(text).toMatch(new RegExp(`${SYSTEM} .*\\| system$`, 'm'));
  });

  it('shows names of environment variables', async () => {
    const { output, text } = await call(getTemplate, { template: OWN }, setUp().ctx);
    expect(output).toMatchObject({ template: { env_var_names: ['MODEL_DIR', 'OLD_TOKEN'] } });
    expect(text).toContain(': MODEL_DIR, OLD_TOKEN');
  });
});

describe('create_template', () => {
  const args = {
    name: 'SDXL v2',
    image: 'ghcr.io/my-org/sdxl-server:v2.0',
    docker_credential: 'volt:docker_credential:cred_1',
    ports: [8188, 22],
    env_vars: { HF_TOKEN: CANARY },
  };

  it('sends what was asked for, and shows no value', async () => {
    const { account, ctx } = setUp();
    const { output, text } = await call(createTemplate, args, ctx);
    expect(account.sent[0]?.[1]).toMatchObject({
      name: 'SDXL v2',
      image: 'ghcr.io/my-org/sdxl-server:v2.0',
      docker_credential_id: 'cred_1',
      ports: [8188, 22],
      env_vars: { HF_TOKEN: CANARY },
    });
    expect(output).toMatchObject({ status: 'done', template: { env_var_names: ['HF_TOKEN'] } });
    expect(text).toContain('HF_TOKEN');
    expect(JSON.stringify(output) + text).not.toContain(CANARY);
  });

  it.each([
    ['image', { image: 'My Image' }],
    ['image', { image: 'https://ghcr.io/a/b' }],
    ['image', { image: 'ghcr.io/a/b:tag:tag' }],
    ['image', { image: '-rm' }],
    ['ports', { ports: [0] }],
    ['ports', { ports: [65_536] }],
    ['ports', { ports: [22, 22] }],
    ['env_vars', { env_vars: { A: 5 } }],
    ['name', { name: '' }],
  ])('refuses a bad %s: %j', (_field, bad) => {
    expect(() => createTemplate.open({ ...args, ...bad })).toThrow();
  });

  it.each([
    'ubuntu',
    'ubuntu:22.04',
    'pytorch/pytorch:2.1.0-cuda12.1-cudnn8-devel',
    'registry.example.com:5000/ml-team/fine_tune:latest',
    `ghcr.io/a/b@sha256:${'a'.repeat(64)}`,
    '123456789.dkr.ecr.us-east-1.amazonaws.com/x',
  ])('takes the image %s', (image) => {
    expect(createTemplate.open({ ...args, image }).input.image).toBe(image);
  });

  it('names every bad variable name, and repeats no value even if the name holds one', () => {
    const env_vars = { '1A': CANARY, [`TOKEN=${CANARY}`]: 'x', 'with space': 'x', OK_1: 'x' };
    const work = () => createTemplate.open({ ...args, env_vars });
    expect(work).toThrow(/: \\"1A\\", \\"TOKEN\\", \\"with space\\"/);
    expect(work).not.toThrow(CANARY);
  });

  it('refuses a name that is taken, before it sends anything', async () => {
    const { account, ctx } = setUp();
    const error = await failureOf(call(createTemplate, { ...args, name: 'SDXL' }, ctx));
    expect(error).toMatchObject({ code: 'invalid_input', cloud: 'volt' });
    expect(fieldsIn(error.message)).toEqual(['name']);
    expect(refsIn(error.message)).toEqual([OWN]);
    expect(account.sent).toEqual([]);
  });

  it('refuses a credential of another cloud', async () => {
    const { account } = setUp();
    const nebula = accountCloud('nebula', emptyAccount());
    const { templates: _none, ...bare } = nebula;
    const ctx = fakeContext([accountCloud('volt', account), bare]);
    const error = await failureOf(
      call(createTemplate, { ...args, docker_credential: 'nebula:docker_credential:1' }, ctx),
    );
    expect(error.code).toBe('invalid_input');
    expect(fieldsIn(error.message)).toEqual(['docker_credential']);
  });

  it('reconciles by name after a lost reply', async () => {
    const { account, ctx } = setUp();
    expect(await reconcileAfter(createTemplate, args, ctx, () => {})).toEqual({
      notFound: expect.stringContaining('"SDXL v2"'),
    });
    const foreign = template('n0', 'SDXL v2', { image: 'other/image' });
    expect(
      await reconcileAfter(createTemplate, args, ctx, () => account.templates.push(foreign)),
    ).toMatchObject({
      ambiguous: ['volt:template:n0'],
      why: expect.stringContaining('"other/image"'),
    });
    account.templates.splice(account.templates.indexOf(foreign), 1);
    const { image } = args;
    const add = () => account.templates.push(template(`n${account.templates.length}`, 'SDXL v2', { image }));
    expect(await reconcileAfter(createTemplate, args, ctx, add)).toMatchObject({
      found: { template: { ref: 'volt:template:n2' } },
    });
    expect(await reconcileAfter(createTemplate, args, ctx, add)).toMatchObject({
      ambiguous: ['volt:template:n2', 'volt:template:n3'],
    });
  });
});

describe('update_template', () => {
  it('says which variables go, stay and come, and what else changes', async () => {
    const args = {
      template: OWN,
      image: 'ghcr.io/a/b:2',
      ports: [22],
      env_vars: { MODEL_DIR: CANARY, NEW: CANARY },
    };
    const planned = await planOf(updateTemplate, args, setUp().ctx);
    expect(planned.plan).toMatchObject({ challenge: 'update', ref: OWN, consequences: ['UPDATE-NOTE'] });
    const { effects } = planned.plan;
    expect(effects.map(quotesIn)).toEqual([
      ['ghcr.io/a/b:2', 'pytorch/pytorch:2.1.0'],
      [],
      ['OLD_TOKEN'],
      ['MODEL_DIR'],
      ['NEW'],
    ]);
    expect(effects[1]).toMatch(/\b22 .*\b8188, 22\b/);
    expect(new Set(effects.slice(2).map((effect) => effect.split(/[:,]/)[0])).size).toBe(3);
    expect(JSON.stringify(planned)).not.toContain(CANARY);
  });

  it('shows a long image whole', async () => {
    const image = `ghcr.io/${'a'.repeat(60)}/b@sha256:${'0'.repeat(64)}`;
    const { plan } = await planOf(updateTemplate, { template: OWN, image }, setUp().ctx);
    expect(plan.effects[0]).toContain(image);
  });

  it('does not claim to know which variables go when the cloud names none', async () => {
    const { account, ctx } = setUp();
    account.templates[1]!.env_var_names = null;
    const { plan } = await planOf(updateTemplate, { template: OWN, env_vars: { A: 'x' } }, ctx);
    expect(plan.effects.map(quotesIn)).toEqual([['A']]);
  });

  it('refuses an empty change and a system template', async () => {
    const { ctx } = setUp();
    const empty = await failureOf(planOf(updateTemplate, { template: OWN }, ctx));
    expect([empty.code, empty.message]).toEqual([
      'invalid_input',
      expect.stringMatching(/^name, image, .*: /),
    ]);
    const system = await failureOf(planOf(updateTemplate, { template: SYSTEM, name: 'mine' }, ctx));
    expect(system).toMatchObject({ code: 'unsupported' });
    expect(toolsIn(system.hint)).toEqual(['create_template']);
  });

  it('sends only what changes and shows the template as it is now', async () => {
    const { account, ctx } = setUp();
    const { output } = await call(updateTemplate, { template: OWN, name: 'SDXL 2' }, ctx);
    const [[, change] = []] = account.sent;
    expect(JSON.parse(JSON.stringify(change))).toEqual({ name: 'SDXL 2' });
    expect(output).toMatchObject({ status: 'done', template: { name: 'SDXL 2', ports: [8188, 22] } });
    expect(output.message).not.toContain('WARNING');
  });

  it('reads it again only if the reply leaves open what was changed', async () => {
    const { account } = setUp();
    const cloud = accountCloud('volt', account);
    let reads = 0;
    cloud.templates = {
      ...cloud.templates!,
      update: async () => ({ ...account.templates[1]!, name: 'New', ports: null, env_var_names: null }),
      get: async () => {
        reads += 1;
        return account.templates[1]!;
      },
    };
    const ctx = fakeContext([cloud]);
    const named = await call(updateTemplate, { template: OWN, name: 'New' }, ctx);
    expect(named.output).toMatchObject({ template: { name: 'New', ports: [8188, 22] } });
    expect(reads).toBe(1);
    const opened = await call(updateTemplate, { template: OWN, ports: [80] }, ctx);
    expect(opened.output.message).toMatch(/WARNING: .*: ports\./);
    expect(reads).toBe(3);
  });

  it('warns about a field that the cloud accepted and does not show', async () => {
    const { account } = setUp();
    const cloud = accountCloud('volt', account);
    cloud.templates = { ...cloud.templates!, update: async () => account.templates[1]! };
    const args = { template: OWN, name: 'New', image: 'ghcr.io/my-org/other:v9' };
    const { output } = await call(updateTemplate, args, fakeContext([cloud]));
    expect(output.message).toMatch(/WARNING: .*: name, image\./);
  });

  it('refuses fields that the cloud documents no update for, naming them, before anyone is asked', async () => {
    const { ctx } = setUp();
    const args = {
      template: OWN,
      name: 'New',
      category: 'other',
      docker_credential: 'volt:docker_credential:cred_abc123',
    };
    await expect(call(updateTemplate, args, ctx)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^category, docker_credential: /),
      hint: expect.stringContaining('name, image, ports, env_vars'),
    });
  });

  it('is found after a lost reply only if a difference shows', async () => {
    const { account, ctx } = setUp();
    const rename = { template: OWN, name: 'New', env_vars: { MODEL_DIR: 'x', OLD_TOKEN: 'y' } };
    expect(await reconcileAfter(updateTemplate, rename, ctx, () => {})).toEqual({
      notFound: expect.any(String),
      candidates: [OWN],
    });
    const hidden = { template: OWN, env_vars: { MODEL_DIR: 'x', OLD_TOKEN: 'y' } };
    expect(await reconcileAfter(updateTemplate, hidden, ctx, () => {})).toMatchObject({
      notFound: expect.any(String),
      candidates: [OWN],
    });
    const found = await reconcileAfter(updateTemplate, rename, ctx, () => {
      account.templates[1] = { ...account.templates[1]!, name: 'New' };
    });
    expect(found).toMatchObject({ found: { status: 'done', template: { name: 'New' } } });
  });
});

describe('delete_template', () => {
  it('plans with the name as the challenge', async () => {
    const { ctx } = setUp();
    const { plan } = await planOf(deleteTemplate, { template: OWN }, ctx);
    expect(plan).toMatchObject({ challenge: 'SDXL', consequences: ['DELETE-NOTE'] });
    expect(quotesIn(plan.effects[0])).toEqual(['pytorch/pytorch:2.1.0']);
    expect(numbersIn(plan.effects[0])).toContain(2);
  });

  it('refuses a system template', async () => {
    const error = await failureOf(planOf(deleteTemplate, { template: SYSTEM }, setUp().ctx));
    expect(error.code).toBe('unsupported');
  });

  it('does not take a failed reading for a deletion', async () => {
    const { account } = setUp();
    const cloud = accountCloud('volt', account);
    const list = () => Promise.reject(new GpuError('timeout', 'too slow'));
    cloud.templates = { ...cloud.templates!, list };
    const ctx = fakeContext([cloud]);
    const error = await failureOf(reconcileAfter(deleteTemplate, { template: OWN }, ctx, () => {}));
    expect(seen(error)).toContain('timeout');
  });
});
