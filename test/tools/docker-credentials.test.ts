import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import {
  addDockerCredential,
  deleteDockerCredential,
  getDockerCredential,
  listDockerCredentials,
} from '../../src/tools/docker-credentials.ts';
import { quotesIn, refsIn } from '../facts.ts';
import { accountCloud, credential, emptyAccount, template } from './fake-account.ts';
import { call, failureOf, fakeContext, planOf, reconcileAfter, seen } from './fake-context.ts';

const PASSWORD = 'p"ss-canary-42';
const REF = 'volt:docker_credential:c1';

function setUp(secrets: Record<string, string> = {}) {
  const account = emptyAccount();
  account.credentials.push(credential('c1', 'GitHub'));
  const cloud = accountCloud('volt', account);
  const ctx = fakeContext([cloud], { secret: (name) => secrets[name] });
  return { account, cloud, ctx };
}

describe('list_docker_credentials, get_docker_credential', () => {
  it('show the login without a password', async () => {
    const { ctx } = setUp();
    const list = await call(listDockerCredentials, {}, ctx);
    expect(list.text).toContain(`${REF} | GitHub | ghcr.io | my-org`);
    const one = await call(getDockerCredential, { docker_credential: REF }, ctx);
    expect(one.output).toMatchObject({ docker_credential: { ref: REF, username: 'my-org' } });
  });
});

describe('add_docker_credential', () => {
  const login = { name: 'ECR', registry: 'example.dkr.ecr.us-east-1.amazonaws.com', username: 'AWS' };
  const direct = { ...login, password: PASSWORD };
  const byName = { ...login, password_env: 'GPU_MCP_SECRET_ECR' };

  it('takes the password from the named variable, and shows it nowhere', async () => {
    const { account, ctx } = setUp({ GPU_MCP_SECRET_ECR: PASSWORD });
    const planned = await planOf(addDockerCredential, byName, ctx);
    expect(planned.plan.effects[0]).toContain('GPU_MCP_SECRET_ECR');
    expect(planned.plan.consequences).toEqual(['ADD-NOTE']);
    const { output, text } = await call(addDockerCredential, byName, ctx);
    expect(account.sent).toEqual([['credential', { ...login, password: PASSWORD }]]);
    expect(ctx.hidden).toContain(PASSWORD);
    expect(JSON.stringify([planned, output]) + text).not.toContain('canary');
  });

  it('says that a password given directly has passed through the conversation', async () => {
    const { ctx } = setUp();
    const planned = await planOf(addDockerCredential, direct, ctx);
    expect(planned.plan.consequences).toEqual(['ADD-NOTE', expect.stringContaining('password_env')]);
    expect(JSON.stringify(planned)).not.toContain('canary');
  });

  it.each([
    ['neither', login],
    ['both', { ...direct, ...byName }],
  ])('refuses %s of password and password_env', async (_which, args) => {
    const error = await failureOf(planOf(addDockerCredential, args, setUp().ctx));
    expect(error).toMatchObject({ code: 'invalid_input' });
    expect(error.message).toMatch(/^password_env, password: /);
    expect(seen(error)).not.toContain('canary');
  });

  it('refuses a variable that is not set', async () => {
    const error = await failureOf(planOf(addDockerCredential, byName, setUp().ctx));
    expect(error.code).toBe('invalid_input');
    expect(error.message).toMatch(/^password_env: GPU_MCP_SECRET_ECR\b/);
  });

  it.each(['HOME', 'gpu_mcp_secret_x', 'XGPU_MCP_SECRET_A', 'GPU_MCP_SECRET_', PASSWORD])(
    'refuses the variable name %j without repeating it',
    (password_env) => {
      const open = () => addDockerCredential.open({ ...login, password_env });
      expect(open).toThrow('GPU_MCP_SECRET_');
      expect(open).not.toThrow('canary');
    },
  );

  it.each(['http://ghcr.io', 'user:pw@ghcr.io', 'ghcr.io ', '', '-x', 'ghcr.io?x'])(
    'refuses the registry %j',
    (registry) => {
      expect(() => addDockerCredential.open({ ...direct, registry })).toThrow();
    },
  );

  it.each(['ghcr.io', 'localhost:5000', 'https://index.docker.io/v1/', 'docker.io/my-org'])(
    'takes the registry %j',
    (registry) => {
      expect(addDockerCredential.open({ ...direct, registry }).input.registry).toBe(registry);
    },
  );

  it('removes the password from what the cloud says when it refuses', async () => {
    const { cloud } = setUp();
    const text = `bad login AWS:${PASSWORD} in {"password":${JSON.stringify(PASSWORD)}}`;
    const add = () => Promise.reject(new GpuError('forbidden', text, { hint: text, cloud: 'volt' }));
    cloud.dockerCredentials = { ...cloud.dockerCredentials!, add };
    const error = await failureOf(call(addDockerCredential, direct, fakeContext([cloud])));
    expect(error).toMatchObject({ code: 'forbidden', cloud: 'volt' });
    expect(error.message).toBe('bad login AWS:[redacted] in {"password":"[redacted]"}');
    expect(seen(error)).not.toContain('canary');
  });

  it('keeps the code of a lost reply, so that it is reconciled', async () => {
    const { cloud } = setUp();
    const add = () => Promise.reject(new GpuError('outcome_unknown', 'lost'));
    cloud.dockerCredentials = { ...cloud.dockerCredentials!, add };
    const error = await failureOf(call(addDockerCredential, direct, fakeContext([cloud])));
    expect(error.code).toBe('outcome_unknown');
  });

  it('finds one new credential of that name after a lost reply, and guesses between none and several', async () => {
    const { account, ctx } = setUp();
    const add = () => account.credentials.push(credential(`n${account.credentials.length}`, 'ECR'));
    expect(await reconcileAfter(addDockerCredential, direct, ctx, () => {})).toMatchObject({
      notFound: expect.stringContaining('"ECR"'),
    });
    expect(await reconcileAfter(addDockerCredential, direct, ctx, add)).toMatchObject({
      found: { docker_credential: { name: 'ECR' } },
    });
    const twice = () => [add(), add()];
    expect(await reconcileAfter(addDockerCredential, direct, ctx, twice)).toMatchObject({
      ambiguous: ['volt:docker_credential:n2', 'volt:docker_credential:n3'],
    });
  });
});

describe('delete_docker_credential', () => {
  const args = { docker_credential: REF };

  it('is planned when the key may not read templates, and says what is then not known', async () => {
    const { cloud } = setUp();
    const list = () => Promise.reject(new GpuError('forbidden', 'scope'));
    cloud.templates = { ...cloud.templates!, list };
    const { plan } = await planOf(deleteDockerCredential, args, fakeContext([cloud]));
    expect(plan.consequences[0]).toContain('forbidden');
    const cancelled = () => Promise.reject(new GpuError('cancelled', 'gone'));
    cloud.templates = { ...cloud.templates, list: cancelled };
    const error = await failureOf(planOf(deleteDockerCredential, args, fakeContext([cloud])));
    expect(error.code).toBe('cancelled');
  });

  it('names the templates that use it, opening only own ones', async () => {
    const { account, ctx } = setUp();
    account.templates.push(
      template('a', 'Trainer', { docker_credential: REF }),
      template('b', 'Other', { docker_credential: 'volt:docker_credential:c2' }),
      template('s', 'System', { docker_credential: REF, is_system: true }),
    );
    const { plan, facts } = await planOf(deleteDockerCredential, args, ctx);
    expect(plan.challenge).toBe('GitHub');
    expect(plan.consequences.flatMap(refsIn)).toEqual(['volt:template:a']);
    expect(plan.consequences.flatMap(quotesIn)).toEqual(['Trainer']);
    expect(plan.consequences).toContain('DELETE-NOTE');
    expect(facts.used_by).toBe('volt:template:a');
  });

  it('says so when nothing uses it', async () => {
    const { plan, facts } = await planOf(deleteDockerCredential, args, setUp().ctx);
    expect(plan.consequences).toEqual([expect.any(String), 'DELETE-NOTE']);
    expect(facts.used_by).toBe('');
  });

  it('opens at most 50 templates, counts the unread ones, and survives one that cannot be read', async () => {
    const { account, cloud } = setUp();
    for (let n = 0; n < 60; n += 1) account.templates.push(template(`t${n}`, `T${n}`));
    account.templates[55]!.docker_credential = REF;
    const opened: string[] = [];
    const { get } = cloud.templates!;
    cloud.templates = {
      ...cloud.templates!,
      get: async (io, id) => {
        opened.push(id);
        if (id === 't3') throw new GpuError('upstream_error', 'down');
        return get(io, id);
      },
    };
    const { plan } = await planOf(deleteDockerCredential, args, fakeContext([cloud]));
    expect(opened).toHaveLength(50);
    expect(plan.consequences).toContainEqual(expect.stringMatching(/^11 /));
  });
});
