import { expect, it } from 'vitest';
import { counted, withArticle } from '../../src/core/text.ts';

it('counts and articles agree', () => {
  expect([counted(0, 'pod'), counted(1, 'pod'), counted(2, 'pod')]).toEqual(['0 pods', '1 pod', '2 pods']);
  expect(counted(2, 'pod is', 'pods are')).toBe('2 pods are');
  expect(
    ['pod', 'image', 'ssh_key', 'api_key', 'URL', 'user', 'hour', 'H100', 'unit', 'job'].map(withArticle),
  ).toEqual([
    'a pod',
    'an image',
    'an ssh_key',
    'an api_key',
    'a URL',
    'a user',
    'an hour',
    'an H100',
    'a unit',
    'a job',
  ]);
});
