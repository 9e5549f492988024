import { expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { type Need, offered, offers } from '../../src/core/offers.ts';
import { fakeCloud } from '../tools/fake-context.ts';

const NEEDS: readonly Need[] = [
  'images',
  'jobs',
  'sshKeys',
  'sshKeys.rename',
  'templates',
  'dockerCredentials',
  'apiKeys',
  'billing',
  'inference',
  'pods.restart',
  'pods.update',
];

it.each(NEEDS)('a cloud without %s refuses it as unsupported, and says what to do instead', (need) => {
  const bare = fakeCloud('volt', {});
  expect(offers(bare, need)).toBe(false);
  try {
    offered(bare, need);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(GpuError);
    expect(error).toMatchObject({ code: 'unsupported', cloud: 'volt', hint: expect.stringMatching(/\S/) });
  }
});

it('a cloud that has it hands it out', () => {
  const images = { list: async () => [] };
  const cloud = fakeCloud('nebula', { images });
  expect(offers(cloud, 'images')).toBe(true);
  expect(offered(cloud, 'images')).toBe(images);
});
