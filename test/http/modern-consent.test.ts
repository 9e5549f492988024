import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { challengeOf, VOLT_POD } from '../harness.ts';
import { answerOf, callTool, type Sent } from './modern-wire.ts';
import { type Started, soon, start, tempDir } from './start.ts';
import type { Rpc } from './wire.ts';

interface Asked {
  resultType: string;
  requestState: string;
  inputRequests: { confirm: { method: string; params: { message: string; requestedSchema: object } } };
}

const asked = ({ result }: Rpc): Asked => {
  expect(result?.resultType).toBe('input_required');
  return result as unknown as Asked;
};
const typing = (text: string) => ({ confirm: { action: 'accept', content: { confirm: text } } });
const codeOf = ({ result }: Rpc): unknown =>
  (result?.structuredContent as { error?: { code: string } } | undefined)?.error?.code;

/** A server and a client that can ask a person, with one order that was asked about. */
async function ordered(options: Parameters<typeof start>[0] = {}, as: Sent = {}) {
  const server = await start(options);
  const order = (extra: object = {}, sent: Sent = {}, args: object = VOLT_POD) =>
    callTool(server.mcp, 'create_pod', args, { forms: true, extra, ...sent });
  const question = asked(await answerOf(await order({}, as)));
  const { requestState } = question;
  const challenge = challengeOf(question.inputRequests.confirm.params.message);
  const yes = { requestState, inputResponses: typing(challenge) };
  return { server, order, question, requestState, challenge, yes };
}

const RENAME = { ssh_key: 'nebula:ssh_key:73', name: 'desk' };
const PROMPT = { model: 'meta-llama/Llama-3.3-70B-Instruct', prompt: 'hello' };

const rented = ({ sandbox }: Started): number =>
  sandbox.world.requests.filter(({ method, path }) => method === 'POST' && path === '/pods').length;

describe('consent that comes back with the request', () => {
  it('acts once, whatever is repeated: the outcome comes again', async () => {
    const { server, order, yes, question } = await ordered();
    expect(question.inputRequests.confirm).toMatchObject({
      method: 'elicitation/create',
      params: { mode: 'form', requestedSchema: { type: 'object', required: ['confirm'] } },
    });
    expect(rented(server)).toBe(0);
    const done = await answerOf(await order(yes, { id: 2 }));
    expect(done.result).toMatchObject({ resultType: 'complete', isError: false });
    const again = await answerOf(await order(yes, { id: 3 }));
    expect(again.result?.structuredContent).toMatchObject({ repeated: true });
    const alone = await answerOf(await order({ requestState: yes.requestState }));
    expect(alone.result?.structuredContent).toMatchObject({ repeated: true });
    expect(rented(server)).toBe(1);
  });

  it('to a call that names its thing returns the outcome again, although the name is gone with the thing', async () => {
    const server = await start();
    const { world } = server.sandbox;
    world.addPod('volt', { name: 'trainer' });
    const destroy = async (extra: object = {}) =>
      answerOf(await callTool(server.mcp, 'delete_pod', { pod: 'trainer' }, { forms: true, extra }));
    const { requestState, inputRequests } = asked(await destroy());
    const inputResponses = typing(challengeOf(inputRequests.confirm.params.message));
    const consent = { requestState, inputResponses };
    expect((await destroy(consent)).result).toMatchObject({ isError: false });
    expect(world.pods.list()).toEqual([]);
    expect((await destroy(consent)).result?.structuredContent).toMatchObject({
      status: 'done',
      repeated: true,
    });
    expect(codeOf(await destroy({ ...consent, requestState: 'made-up' }))).toBe('invalid_input');
    expect(world.requests.filter(({ method }) => method === 'DELETE')).toHaveLength(1);
  });

  it.each([
    ['forged', (yes: object) => ({ ...yes, requestState: 'made-up' })],
    ['altered', (yes: { requestState: string }) => ({ ...yes, requestState: `${yes.requestState}x` })],
  ])('that is %s never acts', async (_what, change) => {
    const { server, order, yes } = await ordered();
    expect(codeOf(await answerOf(await order(change(yes))))).toBe('confirmation_invalid');
    expect(rented(server)).toBe(0);
  });

  it('without its state asks again', async () => {
    const { server, order, yes } = await ordered();
    const question = asked(await answerOf(await order({ inputResponses: yes.inputResponses })));
    expect(question.requestState).not.toBe(yes.requestState);
    expect(rented(server)).toBe(0);
  });

  it('without its answer, or with an answer to something else, asks the same again', async () => {
    const { server, order, requestState, challenge } = await ordered();
    const bare = asked(await answerOf(await order({ requestState })));
    const other = { requestState, inputResponses: { another: typing(challenge).confirm } };
    expect(asked(await answerOf(await order(other))).requestState).toBe(requestState);
    expect(bare.requestState).toBe(requestState);
    expect(rented(server)).toBe(0);
  });

  it('is void for other arguments, and another tool', async () => {
    const { server, order, yes } = await ordered();
    const other = await answerOf(await order(yes, {}, { ...VOLT_POD, name: 'other' }));
    expect(codeOf(other)).toBe('confirmation_invalid');
    expect(codeOf(await answerOf(await order(yes)))).toBe('confirmation_invalid');
    expect(rented(server)).toBe(0);
  });

  it('is nobody else’s', async () => {
    const file = join(await tempDir(), 'tokens');
    await writeFile(file, 'anna:anna-token\nben:ben-token\n');
    const by = (name: string) => ({ headers: { authorization: `Bearer ${name}-token` } });
    const { server, order, yes } = await ordered({ config: { GPU_MCP_HTTP_TOKEN_FILE: file } }, by('anna'));
    expect(codeOf(await answerOf(await order(yes, by('ben'))))).toBe('confirmation_invalid');
    expect(rented(server)).toBe(0);
    expect((await answerOf(await order(yes, by('anna')))).result?.isError).toBe(false);
    expect(rented(server)).toBe(1);
  });

  it('is void after ten minutes', async () => {
    const { server, order, yes } = await ordered();
    server.sandbox.world.clock.advance(11 * 60);
    const late = await answerOf(await order(yes));
    expect(codeOf(late)).toBe('confirmation_invalid');
    expect(rented(server)).toBe(0);
  });

  it('cannot be used as a token, nor a token as it', async () => {
    const { server, order, requestState, challenge } = await ordered();
    const asToken = { ...VOLT_POD, confirmation_token: requestState, user_reply: challenge };
    const tried = await answerOf(await callTool(server.mcp, 'create_pod', asToken));
    expect(codeOf(tried)).toBe('confirmation_invalid');
    const plan = await answerOf(await callTool(server.mcp, 'create_pod', VOLT_POD));
    const { confirmation } = (plan.result?.structuredContent ?? {}) as { confirmation?: { token: string } };
    const asState = { requestState: confirmation?.token, inputResponses: typing(challenge) };
    expect(codeOf(await answerOf(await order(asState)))).toBe('confirmation_invalid');
    expect(rented(server)).toBe(0);
  });

  it('is refused by name if it has no use: with a token, and for a tool that asks nobody', async () => {
    const { server, order, yes } = await ordered();
    const both = { ...VOLT_POD, confirmation_token: 'a-token', user_reply: 'yes' };
    const given = await answerOf(await order(yes, {}, both));
    const ungated = { forms: true, extra: { ...yes, requestState: 'made-up' } };
    const free = await answerOf(await callTool(server.mcp, 'rename_ssh_key', RENAME, ungated));
    const read = await answerOf(await callTool(server.mcp, 'list_pods', {}, ungated));
    for (const { result } of [given, free, read]) {
      expect(result?.structuredContent).toMatchObject({
        error: { code: 'invalid_input', message: expect.stringMatching(/^requestState: /) },
      });
    }
    expect(server.sandbox.world.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    expect((await answerOf(await order(yes))).result?.isError).toBe(false);
  });

  it('of a client that says it cannot ask is refused as that', async () => {
    const { server, yes } = await ordered();
    const response = await callTool(server.mcp, 'create_pod', VOLT_POD, { extra: yes });
    expect(response.status).toBe(400);
    expect((await answerOf(response)).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { elicitation: { form: {} } } },
    });
    expect(rented(server)).toBe(0);
  });

  it('is asked for once more after a wrong text, and a second one is a no', async () => {
    const { server, order, requestState } = await ordered();
    server.sandbox.world.clock.advance(5);
    const wrong = { requestState, inputResponses: typing('nonsense') };
    const second = asked(await answerOf(await order(wrong)));
    expect(second.requestState).toBe(requestState);
    expect(second.inputRequests.confirm.params.message).toContain('nonsense');
    server.sandbox.world.clock.advance(5);
    expect(codeOf(await answerOf(await order(wrong)))).toBe('declined');
    expect(rented(server)).toBe(0);
  });

  it.each(['decline', 'cancel'] as const)(
    'is a no if the person says %s, and no answer at all if nobody can have read it',
    async (action) => {
      const { server, order, requestState } = await ordered();
      const no = { requestState, inputResponses: { confirm: { action } } };
      expect(codeOf(await answerOf(await order(no)))).toBe('confirmation_required');
      const { requestState: fresh } = asked(await answerOf(await order()));
      server.sandbox.world.clock.advance(5);
      expect(codeOf(await answerOf(await order({ ...no, requestState: fresh })))).toBe('declined');
      expect(rented(server)).toBe(0);
    },
  );
});

describe('a client that hangs up', () => {
  it('in the middle of a spend aborts nothing that was sent: the outcome is there when it asks again', async () => {
    const { server, order, yes } = await ordered();
    const { world } = server.sandbox;
    world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'delay', delay_ms: 300 });
    const client = new AbortController();
    const cut = order(yes, { signal: client.signal });
    await soon(() => rented(server)).toBe(1);
    client.abort();
    await expect(cut).rejects.toThrow();
    // Until the first call has ended, the same consent says that it is under way.
    const status = async () => (await answerOf(await order(yes))).result?.structuredContent?.status;
    await soon(status).not.toBe('in_progress');
    const again = await answerOf(await order(yes, { id: 3 }));
    expect(again.result).toMatchObject({ isError: false, structuredContent: { repeated: true } });
    expect(rented(server)).toBe(1);
    expect(world.pods.list()).toHaveLength(1);
  });

  it('or a server that stops lets a spend end: it waits for what was sent', async () => {
    const { server, order, yes } = await ordered();
    const { world } = server.sandbox;
    world.faults.add({ cloud: 'volt', method: 'POST', path: '/pods', kind: 'delay', delay_ms: 300 });
    const client = new AbortController();
    const cut = order(yes, { signal: client.signal });
    await soon(() => rented(server)).toBe(1);
    client.abort();
    await expect(cut).rejects.toThrow();
    await server.server.drain();
    expect(world.pods.list()).toHaveLength(1);
    expect(server.logs.find(({ msg }) => msg === 'gate')).toMatchObject({ outcome: 'done' });
  });

  it('while its account is opened sends nothing', async () => {
    let release = () => {};
    const opened = new Promise<void>((resolve) => {
      release = resolve;
    });
    let opening = 0;
    const beforeOpen = () => {
      opening += 1;
      return opened;
    };
    const { mcp, sandbox, logs } = await start({ headers: true, beforeOpen });
    const client = new AbortController();
    const sent = { headers: { 'x-nebula-api-key': sandbox.nebula.apiKey }, signal: client.signal };
    const cut = callTool(mcp, 'generate_text', PROMPT, sent);
    await soon(() => opening).toBe(1);
    client.abort();
    await expect(cut).rejects.toThrow();
    await soon(() => logs.find(({ msg }) => msg === 'http request')).toMatchObject({ aborted: true });
    release();
    await soon(() => logs.find(({ msg }) => msg === 'tool call')).toMatchObject({ code: 'cancelled' });
    expect(sandbox.world.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('before anything was sent cancels it', async () => {
    const { server, order, yes } = await ordered();
    const { world } = server.sandbox;
    const before = world.requests.length;
    world.faults.add({ cloud: 'volt', method: 'GET', path: '/pods', kind: 'delay', delay_ms: 500 });
    const client = new AbortController();
    const cut = order(yes, { signal: client.signal });
    await soon(() => world.requests.length).toBeGreaterThan(before);
    client.abort();
    await expect(cut).rejects.toThrow();
    expect(codeOf(await answerOf(await order(yes, { id: 2 })))).toBe('cancelled');
    expect(rented(server)).toBe(0);
  });
});
