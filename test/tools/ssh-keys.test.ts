import { describe, expect, it } from 'vitest';
import { addSshKey, deleteSshKey, listSshKeys, renameSshKey } from '../../src/tools/ssh-keys.ts';
import { quotesIn, refsIn, toolsIn } from '../facts.ts';
import { accountCloud, emptyAccount, sshKey } from './fake-account.ts';
import { call, failureOf, fakeContext, planOf, reconcileAfter, seen } from './fake-context.ts';

// Key and fingerprint of github.com, as published in GitHub's documentation (SSH key fingerprints).
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const PRINT = 'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU';

function setUp() {
  const [volt, nebula] = [emptyAccount(), emptyAccount()];
  volt.sshKeys.push(sshKey('volt', 'key_1', 'laptop'));
  nebula.sshKeys.push(sshKey('nebula', '73', null));
  const away = accountCloud('nebula', nebula);
  const keys = away.sshKeys!;
  away.sshKeys = {
    ...keys,
    rename: async (io, id, name) => {
      const at = nebula.sshKeys.findIndex((row) => row.id === id);
      nebula.sshKeys[at] = { ...nebula.sshKeys[at]!, name };
      return (await keys.list(io))[at]!;
    },
  };
  return { volt, nebula, away, ctx: fakeContext([accountCloud('volt', volt), away]) };
}

describe('list_ssh_keys', () => {
  it('lists the keys of all clouds with their fingerprints', async () => {
    const { output, text } = await call(listSshKeys, {}, setUp().ctx);
    expect(output).toMatchObject({ total: 2, next_cursor: null });
    expect(text).toContain('volt:ssh_key:key_1 | laptop | ssh-ed25519 …abcdefghijkl | SHA256:key_1');
  });
});

describe('add_ssh_key', () => {
  const args = { name: 'ci server', public_key: `${KEY} ci@host\n`, cloud: 'volt' };

  it('plans with the fingerprint, the comment and what the cloud says about access', async () => {
    const { plan } = await planOf(addSshKey, args, setUp().ctx);
    expect(plan).toMatchObject({ challenge: 'add', ref: null, consequences: ['ADD-NOTE'] });
    expect(quotesIn(plan.summary)).toEqual(['ci server']);
    for (const fact of ['ssh-ed25519', '256 bits', PRINT]) expect(plan.effects[0]).toContain(fact);
    expect(quotesIn(plan.effects[1])).toEqual(['ci@host']);
  });

  it('names the same key if it is stored already', async () => {
    const { volt, ctx } = setUp();
    volt.sshKeys.push(sshKey('volt', 'key_2', 'old', { fingerprint_sha256: PRINT }));
    const { plan } = await planOf(addSshKey, args, ctx);
    expect(plan.consequences.flatMap(refsIn)).toEqual(['volt:ssh_key:key_2']);
    expect(plan.consequences.flatMap(quotesIn)).toEqual(['old']);
  });

  it('sends the checked line and returns the fingerprint', async () => {
    const { volt, ctx } = setUp();
    const { output, text } = await call(addSshKey, args, ctx);
    expect(volt.sent).toEqual([['ssh_key', { name: 'ci server', public_key: `${KEY} ci@host` }]]);
    expect(output).toMatchObject({ status: 'done', fingerprint_sha256: PRINT });
    expect(text).toContain(PRINT);
    expect(text).not.toContain('WARNING');
  });

  it('warns when the cloud reports another fingerprint', async () => {
    const { volt, ctx } = setUp();
    const cloud = accountCloud('volt', volt);
    cloud.sshKeys = { ...cloud.sshKeys!, add: async () => sshKey('volt', 'x', 'ci server') };
    const { text } = await call(addSshKey, args, fakeContext([cloud]));
    expect(text).toMatch(/WARNING: .*\bSHA256:x\b/);
    expect((await planOf(addSshKey, args, ctx)).facts).toEqual({ cloud: 'volt', stored_as: null });
  });

  it('refuses a private key before it reads anything', async () => {
    const secret = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'c2VjcmV0'.repeat(9)}`;
    const ctx = fakeContext([]);
    const error = await failureOf(planOf(addSshKey, { ...args, public_key: secret }, ctx));
    expect(error.code).toBe('invalid_input');
    expect(seen(error)).not.toContain('c2VjcmV0');
  });

  it('asks for the cloud when several could take the key', async () => {
    const error = await failureOf(planOf(addSshKey, { name: 'a', public_key: KEY }, setUp().ctx));
    expect(error).toMatchObject({ code: 'invalid_input', hint: expect.stringMatching(/\bvolt, nebula\b/) });
    expect(error.message).toMatch(/^cloud: /);
  });

  it('finds the one new key after a lost reply', async () => {
    const { volt, ctx } = setUp();
    const found = await reconcileAfter(addSshKey, args, ctx, () =>
      volt.sshKeys.push(sshKey('volt', 'key_9', 'ci server', { fingerprint_sha256: PRINT })),
    );
    expect(found).toMatchObject({ found: { ssh_key: { ref: 'volt:ssh_key:key_9' }, status: 'done' } });
  });

  it('does not count a key of that name as its own if it was there before or holds another key', async () => {
    const { volt, ctx } = setUp();
    volt.sshKeys.push(sshKey('volt', 'key_2', 'ci server', { fingerprint_sha256: PRINT }));
    const found = await reconcileAfter(addSshKey, args, ctx, () =>
      volt.sshKeys.push(sshKey('volt', 'key_9', 'ci server')),
    );
    expect(found).toEqual({ notFound: expect.stringContaining('"ci server"') });
  });

  it('names all candidates when several are new', async () => {
    const { volt, ctx } = setUp();
    const found = await reconcileAfter(addSshKey, args, ctx, () => {
      for (const id of ['a', 'b']) {
        volt.sshKeys.push(sshKey('volt', id, 'ci server', { fingerprint_sha256: null }));
      }
    });
    expect(found).toMatchObject({ ambiguous: ['volt:ssh_key:a', 'volt:ssh_key:b'] });
  });
});

describe('rename_ssh_key', () => {
  it('renames', async () => {
    const { ctx } = setUp();
    const { output } = await call(renameSshKey, { ssh_key: 'nebula:ssh_key:73', name: 'desk' }, ctx);
    expect(output).toMatchObject({ status: 'done', ssh_key: { name: 'desk' } });
  });

  it('does not claim a name that the reply does not show', async () => {
    const { away, nebula, ctx } = setUp();
    away.sshKeys = { ...away.sshKeys!, rename: async () => nebula.sshKeys[0]! };
    const { output } = await call(renameSshKey, { ssh_key: 'nebula:ssh_key:73', name: 'desk' }, ctx);
    expect(output.message).toMatch(/WARNING: .*\(unnamed\)/);
  });

  it('is refused for a cloud that has no renaming, with what to do instead', async () => {
    const work = call(renameSshKey, { ssh_key: 'volt:ssh_key:key_1', name: 'desk' }, setUp().ctx);
    expect(await failureOf(work)).toMatchObject({ code: 'unsupported', cloud: 'volt' });
  });

  it('finds out by the name whether a lost rename was done', async () => {
    const { nebula, ctx } = setUp();
    const args = { ssh_key: 'nebula:ssh_key:73', name: 'desk' };
    expect(await reconcileAfter(renameSshKey, args, ctx, () => {})).toMatchObject({
      notFound: expect.stringContaining('(unnamed)'),
      candidates: ['nebula:ssh_key:73'],
    });
    const done = await reconcileAfter(renameSshKey, args, ctx, () => {
      nebula.sshKeys[0]!.name = 'desk';
    });
    expect(done).toMatchObject({ found: { status: 'done' } });
  });

  it.each(['a\u202eb', 'two  spaces', ' outer', 'line\nbreak', ''])('refuses the name %j', (name) => {
    expect(() => renameSshKey.open({ ssh_key: 'nebula:ssh_key:73', name })).toThrow();
  });
});

describe('delete_ssh_key', () => {
  const args = { ssh_key: 'volt:ssh_key:key_1' };

  it('plans with name, fingerprint and the sentence about pods that run', async () => {
    const { plan } = await planOf(deleteSshKey, args, setUp().ctx);
    expect(plan).toMatchObject({ challenge: 'laptop', ref: args.ssh_key, consequences: ['DELETE-NOTE'] });
    expect(plan.effects[0]).toContain('SHA256:key_1');
  });

  it('asks for the end of the id when the key has no name', async () => {
    const { plan } = await planOf(deleteSshKey, { ssh_key: 'nebula:ssh_key:73' }, setUp().ctx);
    expect(plan.challenge).toBe('73');
  });

  it('refuses a key that is not listed, and a ref of another kind', async () => {
    const { ctx } = setUp();
    const gone = await failureOf(planOf(deleteSshKey, { ssh_key: 'volt:ssh_key:nope' }, ctx));
    expect(gone.code).toBe('not_found');
    expect(toolsIn(gone.hint)).toEqual(['list_ssh_keys']);
    const other = await failureOf(planOf(deleteSshKey, { ssh_key: 'volt:pod:key_1' }, ctx));
    expect(other.code).toBe('invalid_input');
  });

  it('takes the word of the cloud for it, and reads nothing again', async () => {
    const { volt } = setUp();
    const cloud = accountCloud('volt', volt);
    const { list } = cloud.sshKeys!;
    let deleted = false;
    cloud.sshKeys = {
      ...cloud.sshKeys!,
      list: (io) => (deleted ? Promise.reject(new Error('read again')) : list(io)),
      delete: async () => {
        deleted = true;
        return { message: null, raw_state: null, notes: [] };
      },
    };
    const { output } = await call(deleteSshKey, args, fakeContext([cloud]));
    expect(output).toMatchObject({ status: 'done', ref: args.ssh_key });
  });
});
