import { describe, expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { createApiKey, listApiKeys, ownKeyRevoked, revokeApiKey } from '../../src/tools/api-keys.ts';
import { quotesIn, refsIn, toolsIn } from '../facts.ts';
import { accountCloud, apiKey, emptyAccount, SECRET } from './fake-account.ts';
import { call, failureOf, fakeContext, planOf, reconcileAfter, seen } from './fake-context.ts';

const refused = () => Promise.reject(new GpuError('unauthorized', 'bad key'));
const REF = 'volt:api_key:k1';

function setUp(in_use: boolean | null = false) {
  const account = emptyAccount();
  account.apiKeys.push(apiKey('volt', 'k1', 'Production Key', { in_use }));
  const cloud = accountCloud('volt', account);
  return { account, cloud, ctx: fakeContext([cloud]) };
}

describe('list_api_keys', () => {
  it.each([
    [true, 'yes'],
    [false, 'no'],
    [null, '?'],
  ])('shows in_use %s as %s', async (in_use, word) => {
    const { text } = await call(listApiKeys, {}, setUp(in_use).ctx);
    expect(text).toContain(`${REF} | Production Key | volt_...x7f2 | ${word} |`);
  });
});

describe('create_api_key', () => {
  const args = { cloud: 'volt', name: 'CI/CD Pipeline' };

  it('writes the secret to a private file and returns only the path', async () => {
    const { ctx } = setUp();
    const { output, text } = await call(createApiKey, args, ctx);
    const name = 'api-key-volt-ci-cd-pipeline-20261122T060000000Z.txt';
    expect([...ctx.written]).toEqual([[name, SECRET]]);
    expect(output).toMatchObject({ status: 'done', secret_file: `/state dir/${name}` });
    expect(JSON.stringify(output) + text).not.toContain(SECRET);
    expect(ctx.hidden).toEqual([SECRET]);
    expect(text).toContain(`/state dir/${name}`);
  });

  it('plans with the word to type, the notes of the cloud, and no secret', async () => {
    const { plan } = await planOf(createApiKey, args, setUp().ctx);
    expect(plan).toMatchObject({ challenge: 'create', consequences: ['CREATE-NOTE'] });
    expect(quotesIn(plan.summary)).toEqual(['CI/CD Pipeline']);
  });

  it('is refused in the plan when secrets may not be written, before anything is read or sent', async () => {
    const { account, cloud } = setUp();
    let reads = 0;
    const list = async () => {
      reads += 1;
      return [];
    };
    cloud.apiKeys = { ...cloud.apiKeys!, list };
    const ctx = fakeContext([cloud]);
    ctx.files.allowsSecrets = false;
    const error = await failureOf(planOf(createApiKey, args, ctx));
    expect(error.code).toBe('unsupported');
    expect([reads, account.sent]).toEqual([0, []]);
  });

  it('names the key when its file cannot be written: the key exists, its secret is lost', async () => {
    const { account, ctx } = setUp();
    ctx.files.reserve = async () => ({
      path: '/state dir/x',
      fill: () => Promise.reject(new Error('disk full')),
      drop: async () => {},
    });
    const error = await failureOf(call(createApiKey, args, ctx));
    expect(account.apiKeys).toHaveLength(2);
    expect(refsIn(error.message)).toEqual(['volt:api_key:k1']);
    expect(error).toMatchObject({ retryable: false, candidates: ['volt:api_key:k1'] });
    expect(toolsIn(error.hint)).toEqual(['revoke_api_key']);
    expect(error.code).not.toBe('outcome_unknown');
    expect(seen(error)).not.toContain(SECRET);
  });

  it('makes the file first: when it cannot be made, no key is', async () => {
    const { account, ctx } = setUp();
    ctx.files.reserve = () => Promise.reject(new Error('read-only file system'));
    const error = await failureOf(call(createApiKey, args, ctx));
    expect(error).toMatchObject({ code: 'upstream_error', candidates: null });
    expect(account.sent).toEqual([]);
  });

  it('leaves no file behind when the cloud refused', async () => {
    const { cloud, ctx } = setUp();
    cloud.apiKeys = { ...cloud.apiKeys!, create: refused };
    expect((await failureOf(call(createApiKey, args, ctx))).code).toBe('unauthorized');
    expect([...ctx.written]).toEqual([]);
  });

  it('never reports a key as found after a lost reply, because its secret is gone', async () => {
    const { account, ctx } = setUp();
    const none = await reconcileAfter(createApiKey, args, ctx, () => {});
    expect(none).toEqual({ notFound: expect.stringContaining('"CI/CD Pipeline"') });
    const found = await reconcileAfter(createApiKey, args, ctx, () =>
      account.apiKeys.push(apiKey('volt', 'k2', 'CI/CD Pipeline')),
    );
    expect(found).toMatchObject({
      ambiguous: ['volt:api_key:k2'],
      why: expect.stringContaining('revoke_api_key'),
    });
  });
});

describe('revoke_api_key', () => {
  const args = { api_key: REF };
  it('puts the lock-out first when the key is the own one', async () => {
    const { plan } = await planOf(revokeApiKey, args, setUp(true).ctx);
    expect(plan.challenge).toBe('Production Key');
    expect(plan.consequences[0]).toMatch(/^LOCK-OUT: .*\bVolt\b/);
    expect(plan.consequences[1]).toBe('REVOKE-NOTE');
  });

  it('says that it is not known if it is not', async () => {
    const { plan, facts } = await planOf(revokeApiKey, args, setUp(null).ctx);
    expect(facts.in_use).toBeNull();
    expect(plan.consequences).toEqual([expect.not.stringMatching(/^LOCK-OUT/), 'REVOKE-NOTE']);
  });

  it('does not warn about another key', async () => {
    const { plan, facts } = await planOf(revokeApiKey, args, setUp(false).ctx);
    expect(plan.consequences).toEqual(['REVOKE-NOTE']);
    expect(facts.in_use).toBe(false);
  });

  it.each([
    [true, [true]],
    [null, [false]],
    [false, []],
  ])('says what it means if the key was the own one: %s', async (inUse, said) => {
    const { ctx } = setUp(inUse);
    const { output } = await call(revokeApiKey, args, ctx);
    expect(output).toMatchObject({ status: 'done', ref: REF });
    const about = (isCertain: boolean) => String(output.message).includes(ownKeyRevoked('Volt', isCertain));
    expect([true, false].filter(about)).toEqual(said);
  });

  it('takes being refused after a lost reply as proof only if the key may be the own one', async () => {
    const own = setUp(null);
    const lose = (cloud: ReturnType<typeof setUp>['cloud']) => () => {
      cloud.apiKeys!.list = refused;
    };
    const found = await reconcileAfter(revokeApiKey, args, own.ctx, lose(own.cloud));
    expect(found).toMatchObject({ found: { status: 'done', ref: REF } });
    const other = setUp(false);
    const error = await failureOf(reconcileAfter(revokeApiKey, args, other.ctx, lose(other.cloud)));
    expect(error.code).toBe('unauthorized');
  });
});
