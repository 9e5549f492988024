import { describe, expect, it } from 'vitest';
import { startHarness } from '../harness.ts';

const urisOf = async (toolsets: string) => {
  const { client } = await startHarness({ config: { GPU_MCP_TOOLSETS: toolsets } });
  const { resources } = await client.listResources();
  const { resourceTemplates } = await client.listResourceTemplates();
  return {
    client,
    fixed: resources.map(({ uri }) => uri).filter((uri) => /^gpu:\/\/[a-z]+$/.test(uri)),
    templates: resourceTemplates.map(({ uriTemplate }) => uriTemplate),
  };
};

describe('a toolset that is switched off', () => {
  it.each([
    ['machines', ['gpu://machines']],
    ['pods', ['gpu://pods']],
    ['jobs', ['gpu://jobs']],
  ])('with %s alone there is no resource of the others, listed, read or watched', async (toolset, left) => {
    const { client, fixed } = await urisOf(toolset);
    expect(fixed.filter((uri) => uri !== 'gpu://spend')).toEqual(left);
    for (const uri of ['gpu://machines', 'gpu://pods', 'gpu://jobs']) {
      if (left.includes(uri)) continue;
      await expect(client.readResource({ uri })).rejects.toMatchObject({ code: -32002 });
      await expect(client.subscribeResource({ uri })).rejects.toMatchObject({ code: -32002 });
    }
  });

  it('shows no balance and no burn rate when get_spend does not exist', async () => {
    const { client, fixed } = await urisOf('machines');
    expect(fixed).not.toContain('gpu://spend');
    await expect(client.readResource({ uri: 'gpu://spend' })).rejects.toMatchObject({ code: -32002 });
  });

  it('has no template, prompt or completion of what it would have shown', async () => {
    const { client, templates } = await urisOf('machines');
    expect(templates).toEqual([]);
    expect((await client.listPrompts()).prompts).toEqual([]);
    await expect(
      client.complete({
        ref: { type: 'ref/resource', uri: 'gpu://{cloud}/pod/{id}' },
        argument: { name: 'id', value: '' },
      }),
    ).rejects.toThrow();
  });
});
