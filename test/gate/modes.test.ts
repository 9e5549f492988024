import { describe, expect, it } from 'vitest';
import { LEAVE_SETTINGS } from '../../src/core/settings-rule.ts';
import { GATED_CASES } from '../../testbed/examples.ts';
import { prepare } from '../../testbed/prepare.ts';
import { SECRETS } from '../../testbed/testbed.ts';
import { naming } from '../facts.ts';
import { agrees, type HarnessOptions, startHarness, VOLT_POD } from '../harness.ts';

/** Starts a harness in which every gated example can be called, one after the other. */
const startWith = (config: HarnessOptions['config'], elicit?: HarnessOptions['elicit']) =>
  startHarness({
    config: {
      GPU_MCP_MAX_JOB_USD: '1000',
      GPU_MCP_MAX_USD_PER_HOUR: '1000',
      GPU_MCP_MAX_PODS: '1000',
      ...config,
    },
    env: SECRETS,
    ...(elicit !== undefined && { elicit }),
  });

describe('--confirm human', () => {
  it('refuses a client that cannot ask, with the plan and how to enable it', async () => {
    const { call, world, writes } = await startWith({ GPU_MCP_CONFIRM: 'human' });
    for (const example of GATED_CASES) {
      const tool = example.tool.name;
      const { structured, isError, text } = await call(tool, prepare(world, example).args);
      expect(isError).toBe(true);
      expect(structured).toMatchObject({ error: { code: 'confirmation_required' }, plan: { action: tool } });
      expect(structured.error?.hint).toContain('--confirm auto');
      expect(structured.confirmation).toBeUndefined();
      expect(text).toContain(structured.plan?.summary);
    }
    expect(writes()).toEqual([]);
  });

  it('accepts no token, not even a made-up one, and does not list the argument', async () => {
    const { call, client, writes } = await startHarness({ config: { GPU_MCP_CONFIRM: 'human' } });
    const { structured } = await call('create_pod', { ...VOLT_POD, confirmation_token: 'x' });
    expect(structured.error?.code).toBe('confirmation_required');
    const { tools } = await client.listTools();
    expect(JSON.stringify(tools.map(({ inputSchema }) => inputSchema))).not.toContain('confirmation_token');
    expect(writes()).toEqual([]);
  });

  it('asks a client that can', async () => {
    const { call, asked } = await startHarness({ elicit: agrees, config: { GPU_MCP_CONFIRM: 'human' } });
    expect((await call('create_pod', VOLT_POD)).structured.status).toBe('done');
    expect(asked).toHaveLength(1);
  });
});

describe('--confirm block', () => {
  it('refuses every gated call with its plan, and asks nobody who could be asked', async () => {
    const { call, world, writes, asked } = await startWith({ GPU_MCP_CONFIRM: 'block' }, agrees);
    for (const example of GATED_CASES) {
      const tool = example.tool.name;
      const { structured, isError, text } = await call(tool, prepare(world, example).args);
      expect(isError).toBe(true);
      expect(structured).toMatchObject({ error: { code: 'declined' }, plan: { action: tool } });
      expect(structured.error?.message).toContain('--confirm block');
      expect(text).toContain(structured.plan?.summary);
    }
    expect([asked, writes()]).toEqual([[], []]);
  });
});

describe('--confirm token', () => {
  it('issues a token that needs no reply for spends, whatever capabilities the client declares', async () => {
    const { call, asked, writes } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_CONFIRM: 'token' },
    });
    const { structured } = await call('create_pod', VOLT_POD);
    const confirmation_token = structured.confirmation?.token;
    expect(structured.confirmation?.reply).toBeUndefined();
    const made = await call('create_pod', { ...VOLT_POD, confirmation_token });
    expect(made.structured.status, made.text).toBe('done');
    expect([asked, writes().length]).toEqual([[], 1]);
    const pod = made.structured.pod?.ref;
    const plan = await call('delete_pod', { pod });
    const gone = await call('delete_pod', { pod, confirmation_token: plan.structured.confirmation?.token });
    expect(gone.structured.status, gone.text).toBe('done');
  });

  it('asks a person for what is not ours, and refuses when nobody can be asked', async () => {
    const { call, world, connect, asked } = await startHarness({
      elicit: agrees,
      config: { GPU_MCP_CONFIRM: 'token' },
    });
    const pod = `volt:pod:${world.addPod('volt', { name: 'foreign' })}`;
    const machine = await connect();
    expect((await machine.call('delete_pod', { pod })).structured.error?.code).toBe('confirmation_required');
    expect((await call('delete_pod', { pod })).structured.status).toBe('done');
    expect(asked).toHaveLength(1);
  });
});

describe('--read-only', () => {
  it('has no tool that writes, and says so when one is called', async () => {
    const { call, client, world, writes, asked } = await startWith({ GPU_MCP_READ_ONLY: 'true' }, agrees);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('list_pods');
    expect(tools.filter(({ annotations }) => annotations?.readOnlyHint !== true)).toEqual([]);
    for (const example of GATED_CASES) {
      const tool = example.tool.name;
      expect(tools.map(({ name }) => name)).not.toContain(tool);
      const { structured, isError } = await call(tool, prepare(world, example).args);
      expect(isError).toBe(true);
      expect(structured.error).toMatchObject({
        code: 'read_only',
        hint: expect.stringMatching(naming('--read-only', LEAVE_SETTINGS)),
      });
    }
    expect([asked, writes()]).toEqual([[], []]);
  });

  it('still reads', async () => {
    const { call } = await startHarness({ config: { GPU_MCP_READ_ONLY: 'true' } });
    expect((await call('list_machines')).structured.machines?.length).toBeGreaterThan(0);
  });
});

describe('a tool that needs no consent', () => {
  it('reads ask nobody, in any mode', async () => {
    for (const mode of ['auto', 'human', 'block']) {
      const { call, world, asked, writes } = await startHarness({
        elicit: agrees,
        config: { GPU_MCP_CONFIRM: mode },
      });
      const pod = `volt:pod:${world.addPod('volt', {})}`;
      for (const [tool, args] of [
        ['list_machines', {}],
        ['list_images', {}],
        ['list_pods', {}],
        ['get_pod', { pod }],
        ['list_jobs', {}],
        ['get_spend', {}],
        ['wait_for', { ref: pod, until: 'running' }],
      ] as const) {
        const { structured, isError, text } = await call(tool, args);
        expect(isError, text).toBe(false);
        expect(structured.status).not.toBe('confirmation_required');
      }
      expect([asked, writes()]).toEqual([[], []]);
    }
  });

  it('tools that neither spend nor touch security run at once, and not at all in mode block', async () => {
    for (const GPU_MCP_CONFIRM of ['auto', 'human', 'block']) {
      const isBlocked = GPU_MCP_CONFIRM === 'block';
      const { call, asked, writes } = await startWith({ GPU_MCP_CONFIRM }, agrees);
      for (const [tool, args] of [
        ['rename_ssh_key', { ssh_key: 'nebula:ssh_key:73', name: 'desk' }],
        ['create_template', { name: 'mine', image: 'pytorch/pytorch:2.1.0' }],
      ] as const) {
        const { isError, text } = await call(tool, args);
        expect(isError, `${tool}: ${text}`).toBe(isBlocked);
      }
      expect(asked).toEqual([]);
      expect(writes()).toHaveLength(isBlocked ? 0 : 2);
    }
  });
});
