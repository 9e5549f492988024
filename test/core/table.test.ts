import { describe, expect, it } from 'vitest';
import { table } from '../../src/core/table.ts';

describe('a table', () => {
  it('shows what is unknown as a dash', () => {
    expect(
      table(
        ['pod', 'name'],
        [
          ['a', null],
          ['', 0],
        ],
      ),
    ).toBe('pod | name\na | -\n- | 0');
  });

  it('has as many cells in each row as it has columns, whatever the names', () => {
    const forged = 'box | running | $0.00 |';
    const [, row = ''] = table(['pod', 'name', 'state', '$/h'], [['a', forged, 'failed', 9]]).split('\n');
    expect(row.split('|')).toHaveLength(4);
    expect(row).toContain('box');
    expect(row.endsWith('| failed | 9')).toBe(true);
  });
});
