import { describe, expect, it } from 'vitest';
import { agrees, type Harness, idIn, startHarness, TEXT_JOB } from '../harness.ts';
import { lines, outsider } from '../resources/subscribed.ts';

const POD = 'gpu://{cloud}/pod/{id}';

async function completed(
  { client }: Harness,
  ref: { uri: string } | { prompt: string },
  name: string,
  value: string,
  given?: Record<string, string>,
) {
  const { completion } = await client.complete({
    ref: 'uri' in ref ? { type: 'ref/resource', uri: ref.uri } : { type: 'ref/prompt', name: ref.prompt },
    argument: { name, value },
    ...(given !== undefined && { context: { arguments: given } }),
  });
  return completion;
}

describe('completion', () => {
  it('completes the cloud and the id of a resource template', async () => {
    const harness = await startHarness();
    const volt = outsider(harness, 'llama-trainer');
    const nebula = harness.world.addPod('nebula', { name: 'render-farm' });
    const of = async (value: string, given?: Record<string, string>) =>
      (await completed(harness, { uri: POD }, 'id', value, given)).values;
    expect((await completed(harness, { uri: POD }, 'cloud', '')).values).toEqual(['volt', 'nebula']);
    expect((await completed(harness, { uri: POD }, 'cloud', 'NE')).values).toEqual(['nebula']);
    expect((await of('')).toSorted()).toEqual([volt, nebula].toSorted());
    expect(await of('', { cloud: 'nebula' })).toEqual([nebula]);
    expect(await of('', { cloud: ' Nebula' })).toEqual([nebula]);
    expect(await of('', { cloud: '' })).toHaveLength(2);
    expect(await of('llama')).toEqual([volt]);
    expect(await of('FARM')).toEqual([nebula]);
    expect(await of(volt.slice(0, 6), { cloud: 'volt' })).toEqual([volt]);
    expect(await of('nothing like it')).toEqual([]);
  });

  it('completes jobs that have not ended', async () => {
    const harness = await startHarness({ elicit: agrees, clouds: ['volt'] });
    const id = idIn((await harness.call('submit_finetune', TEXT_JOB)).structured.job?.ref);
    const { values } = await completed(harness, { uri: 'gpu://volt/job/{id}' }, 'id', 'support');
    expect(values).toEqual([id]);
    harness.world.setJobStatus(id, 'success');
    harness.world.clock.advance(11);
    expect((await completed(harness, { uri: 'gpu://volt/job/{id}' }, 'id', '')).values).toEqual([]);
  });

  it('completes arguments of prompts with what the clouds offer', async () => {
    const harness = await startHarness();
    const launch = { prompt: 'launch_training_pod' };
    const gpus = await completed(harness, launch, 'gpu', 'h1');
    expect(gpus.values.length).toBeGreaterThan(0);
    expect(gpus.values.every((gpu) => /h1/i.test(gpu))).toBe(true);
    expect(new Set(gpus.values).size).toBe(gpus.values.length);
    const words = await completed(harness, launch, 'gpu', 'nvidia h100 sx');
    expect(words.values.length).toBeGreaterThan(0);
    expect(words.values.every((gpu) => /h100.*sxm/i.test(gpu))).toBe(true);
    expect((await completed(harness, launch, 'gpu', '日本')).values).toEqual([]);
    expect((await completed(harness, launch, 'template', 'pytorch')).values).toContain(
      'volt:template:tpl_pytorch21',
    );
    expect((await completed(harness, launch, 'name', 'x')).values).toEqual([]);
    for (const typed of ['llama', '8b llama'])
      expect((await completed(harness, { prompt: 'finetune_model' }, 'model', typed)).values).toEqual([
        'meta-llama/Llama-3.1-8B-Instruct',
      ]);
    expect((await completed(harness, { prompt: 'finetune_model' }, 'dataset', 'x')).values).toEqual([]);
  });

  it('reads the clouds once in ten seconds however fast somebody types', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    outsider(harness, 'abc');
    const before = harness.world.requests.length;
    for (const typed of ['', 'a', 'ab', 'abc']) {
      await completed(harness, { uri: POD.replace('{cloud}', 'volt') }, 'id', typed).catch(() => {});
      await completed(harness, { uri: POD }, 'id', typed);
    }
    expect(lines(harness.world.requests, before)).toEqual(['GET /pods']);
    harness.world.clock.advance(11);
    await completed(harness, { uri: POD }, 'id', '');
    expect(lines(harness.world.requests, before)).toHaveLength(2);
  });

  it('is not disturbed by a request that was cancelled while it read for another one too', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    outsider(harness, 'abc');
    harness.world.faults.add({ cloud: 'volt', path: '/pods', kind: 'delay', delay_ms: 100 });
    const typed = new AbortController();
    const ref = { type: 'ref/resource' as const, uri: POD };
    const first = harness.client.complete(
      { ref, argument: { name: 'id', value: '' } },
      { signal: typed.signal },
    );
    const second = completed(harness, { uri: POD }, 'id', 'abc');
    await expect.poll(() => harness.world.requests.length).toBe(1);
    typed.abort();
    await expect(first).rejects.toThrow();
    expect((await second).values).toHaveLength(1);
  });

  it('completes nothing when the cloud fails, and refuses what does not exist', async () => {
    const harness = await startHarness({ clouds: ['volt'] });
    harness.world.faults.add({ cloud: 'volt', kind: 'error_before', status: 401, times: 50 });
    expect(await completed(harness, { uri: POD }, 'id', '')).toMatchObject({ values: [] });
    expect((await completed(harness, { uri: 'gpu://pods' }, 'id', '')).values).toEqual([]);
    for (const ref of [{ uri: 'gpu://{cloud}/machine/{id}' }, { prompt: 'nope' }]) {
      await expect(completed(harness, ref, 'id', '')).rejects.toMatchObject({ code: -32602 });
    }
    for (const [ref, name, meant] of [
      [{ prompt: 'launch_training_pod' }, 'GPU', 'gpu'],
      [{ prompt: 'launch_training_pod' }, 'gpuModel', 'gpu'],
      [{ uri: POD }, 'Cloud', 'cloud'],
      [{ uri: POD }, 'pod_id', 'id'],
    ] as const) {
      await expect(completed(harness, ref, name, '')).rejects.toMatchObject({
        code: -32602,
        message: expect.stringMatching(new RegExp(`\\b${meant}\\?`)),
      });
    }
    await expect(completed(harness, { prompt: 'finetune_modl' }, 'model', '')).rejects.toThrow(
      /finetune_model\?/,
    );
  });

  it('cuts at a hundred values and says how many there are', async () => {
    const harness = await startHarness({ clouds: ['nebula'] });
    const product = harness.world.nebula.products[0]!;
    product.stock = 200;
    product.is_available = true;
    for (let n = 0; n < 120; n += 1)
      harness.world.addPod('nebula', { product_id: product.id, name: `n${n}` });
    const { values, total, hasMore } = await completed(harness, { uri: POD }, 'id', '');
    expect([values.length, total, hasMore]).toEqual([100, 120, true]);
  });
});
