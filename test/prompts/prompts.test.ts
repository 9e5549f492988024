import { describe, expect, it } from 'vitest';
import { JOB_STATUS } from '../../src/clouds/volt/states.ts';
import { startHarness } from '../harness.ts';

const textOf = async (args: Record<string, string>, name: string) => {
  const { client } = await startHarness();
  const { messages } = await client.getPrompt({ name, arguments: args });
  const [first] = messages;
  return first?.content.type === 'text' ? first.content.text : '';
};

describe('prompts', () => {
  it('take an argument that a client sends empty for one that is not given', async () => {
    const empty = { max_usd_per_hour: '', name: ' ', template: '' };
    const text = await textOf({ gpu: 'H100', ...empty }, 'launch_training_pod');
    expect(text).toBe(await textOf({ gpu: 'H100' }, 'launch_training_pod'));
    expect(text).not.toMatch(/max_usd_per_hour|""/);
  });

  it('take amounts with their own unit as tools do, and no other', async () => {
    const asked = (max_usd_per_hour: string) =>
      textOf({ gpu: 'H100', max_usd_per_hour }, 'launch_training_pod');
    expect(await asked('$2.5')).toBe(await asked('2.5'));
    await expect(asked('1,000')).rejects.toThrow(/max_usd_per_hour/);
  });

  it('promise no refund for a job that is ready, though it has not begun training', async () => {
    const text = await textOf({ model: 'x/y', dataset: 'x/z' }, 'finetune_model');
    const named = Object.entries(JOB_STATUS).filter(([status]) =>
      new RegExp(`\\b${status.replaceAll('_', ' ')}\\b`).test(text),
    );
    expect(named.map(([, { refund }]) => refund)).toEqual(['full', 'full', 'full']);
  });

  it('do not say that stopping a pod ends its billing: on Nebula it is not known to', async () => {
    expect(await textOf({ gpu: 'H100' }, 'launch_training_pod')).not.toMatch(/\bstopped\b/);
  });

  it.each([
    [{ GPU_MCP_READ_ONLY: 'true' }, ['review_spend']],
    [{ GPU_MCP_TOOLSETS: 'jobs,ssh' }, ['finetune_model']],
  ])('exist if their tools do: %j', async (config, names) => {
    const { client } = await startHarness({ config });
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(names);
  });
});
