import { describe, expect, it } from 'vitest';
import { revokeApiKey } from '../../src/tools/api-keys.ts';
import { deleteDockerCredential } from '../../src/tools/docker-credentials.ts';
import { deleteSshKey } from '../../src/tools/ssh-keys.ts';
import { deleteTemplate } from '../../src/tools/templates.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { quotesIn } from '../facts.ts';
import {
  type Account,
  accountCloud,
  apiKey,
  credential,
  emptyAccount,
  sshKey,
  template,
} from './fake-account.ts';
import { call, fakeContext, reconcileAfter } from './fake-context.ts';

/** The tool, the kind of its thing, the text of its request, and a way to remove the thing from outside. */
const REMOVALS: readonly [Tool, string, string, (account: Account) => void][] = [
  [deleteSshKey, 'ssh_key', 'delete ssh_key', ({ sshKeys }) => sshKeys.pop()],
  [deleteTemplate, 'template', 'delete template', ({ templates }) => templates.pop()],
  [deleteDockerCredential, 'docker_credential', 'delete credential', ({ credentials }) => credentials.pop()],
  [revokeApiKey, 'api_key', 'revoke', ({ apiKeys }) => apiKeys.pop()],
];

function setUp() {
  const account = emptyAccount();
  account.sshKeys.push(sshKey('volt', 'x1', 'laptop'));
  account.templates.push(template('x1', 'SDXL'));
  account.credentials.push(credential('x1', 'GitHub'));
  account.apiKeys.push(apiKey('volt', 'x1', 'Production Key'));
  return { account, ctx: fakeContext([accountCloud('volt', account)]) };
}

describe.each(REMOVALS.map(([tool, ...rest]) => [tool.name, tool, ...rest] as const))(
  '%s',
  (_name, tool, kind, sent, lose) => {
    const ref = `volt:${kind}:x1`;
    const args = { [kind]: ref };

    it('sends one removal, and repeats what the cloud says', async () => {
      const { account, ctx } = setUp();
      const { output } = await call(tool, args, ctx);
      expect(account.sent).toEqual([[sent, 'x1']]);
      expect(output).toMatchObject({ status: 'done', ref });
      expect(quotesIn(String(output.message))).toEqual(['Removed']);
    });

    it('finds out after a lost reply whether the thing is gone', async () => {
      const { account, ctx } = setUp();
      const still = await reconcileAfter(tool, args, ctx, () => {});
      expect(still).toEqual({ notFound: expect.any(String), candidates: [ref] });
      const gone = await reconcileAfter(tool, args, ctx, () => lose(account));
      expect(gone).toMatchObject({ found: { status: 'done', ref } });
    });
  },
);
