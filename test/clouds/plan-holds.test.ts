import { describe, expect, it } from 'vitest';
import { fieldsIn } from '../facts.ts';
import { challengeOf, startHarness, VOLT_POD } from '../harness.ts';

describe('an order of a template', () => {
  it('shows its image, and is not sent when the image changes before the yes', async () => {
    const images: string[] = [];
    const harness = await startHarness({
      elicit: (message) => {
        const template = harness.world.volt.templates.find(({ id }) => id === 'tpl_pytorch21');
        if (template === undefined) throw new Error('the simulator lacks its template');
        images.push(template.image);
        if (images.length === 1) template.image = 'evil/miner:1';
        return challengeOf(message);
      },
    });
    const { call, asked, writes } = harness;
    const { structured } = await call('create_pod', VOLT_POD);
    expect(asked[0]).toContain(images[0]);
    expect(structured).toMatchObject({ status: 'confirmation_required' });
    expect(structured.changes?.join()).toContain('evil/miner:1');
    expect(writes()).toEqual([]);
    expect((await call('create_pod', VOLT_POD)).structured.status).toBe('done');
    expect(asked[1]).toContain('evil/miner:1');
  });

  it.each([
    ['template', { template: 'volt:template:tpl_none' }],
    ['ssh_keys', { ssh_keys: ['volt:ssh_key:key_none'] }],
  ])('that names a missing %s is refused before anybody is asked', async (field, change) => {
    const { call, asked, writes } = await startHarness({ elicit: challengeOf });
    const { structured } = await call('create_pod', { ...VOLT_POD, ...change });
    expect(structured.error).toMatchObject({
      code: 'invalid_input',
    });
    expect(fieldsIn(structured.error?.message)).toEqual([field]);
    expect(asked).toEqual([]);
    expect(writes()).toEqual([]);
  });
});
