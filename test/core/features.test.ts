import { expect, it } from 'vitest';
import { GpuError } from '../../src/core/errors.ts';
import { type Feature, hasFeature, requireFeature } from '../../src/core/features.ts';
import { fakeCloud } from '../tools/fake-context.ts';

const FEATURES: readonly Feature[] = [
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

it.each(FEATURES)('a cloud without %s refuses it as unsupported, and says what to do instead', (need) => {
  const bare = fakeCloud('volt', {});
  expect(hasFeature(bare, need)).toBe(false);
  try {
    requireFeature(bare, need);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(GpuError);
    expect(error).toMatchObject({ code: 'unsupported', cloud: 'volt', hint: expect.stringMatching(/\S/) });
  }
});

it('a cloud that has it hands it out', () => {
  const images = { list: async () => [] };
  const cloud = fakeCloud('nebula', { images });
  expect(hasFeature(cloud, 'images')).toBe(true);
  expect(requireFeature(cloud, 'images')).toBe(images);
});
