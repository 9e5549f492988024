import { expect, it } from 'vitest';
import { consequencesOf } from '../../src/tools/stop-spending-table.ts';
import type { Thing } from '../../src/tools/stop-spending-things.ts';
import { fakeCloud } from './fake-context.ts';
import { pod } from './fake-pods.ts';

it('a sum with an unknown price in it is unknown', () => {
  const at = fakeCloud('nebula', {});
  const thing = (id: string, usd_per_hour: number | null): Thing => ({
    kind: 'pod',
    at,
    ref: `nebula:pod:${id}`,
    pod: pod('nebula', id),
    rate: { ref: `nebula:pod:${id}`, usd_per_hour, usd_per_hour_max: usd_per_hour, note: null },
  });
  expect(consequencesOf([thing('a', 0.5), thing('b', 0.25)], 'stop').join(' ')).toContain('$0.75/h');
  const unsure = consequencesOf([thing('a', 0.5), thing('b', null)], 'stop').join(' ');
  expect(unsure).not.toContain('0.5');
  expect(unsure).toMatch(/unknown/);
});
