import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cursorOffset, cut, nextCursor } from '../../src/core/list.ts';

describe('cut', () => {
  it('shows every row exactly once when its cursors are followed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 25 }),
        (rows, limit) => {
          const seen: number[] = [];
          let pages = 0;
          let cursor: string | undefined;
          do {
            const page = cut(rows, { limit, cursor });
            expect(page.total).toBe(rows.length);
            expect(page.rows.length).toBeLessThanOrEqual(limit);
            seen.push(...page.rows);
            cursor = page.next_cursor ?? undefined;
            pages += 1;
          } while (cursor !== undefined);
          expect(seen).toEqual(rows);
          expect(pages).toBe(Math.max(1, Math.ceil(rows.length / limit)));
        },
      ),
    );
  });

  it('ends quietly when rows have gone since the cursor was made', () => {
    const { next_cursor } = cut([1, 2, 3, 4], { limit: 3 });
    expect(cut([1], { limit: 3, cursor: next_cursor ?? undefined })).toEqual({
      rows: [],
      total: 1,
      next_cursor: null,
    });
  });

  it('leaves the rows it cuts as they were', () => {
    const rows = Object.freeze([3, 1, 2]);
    expect(cut(rows, { limit: 2 }).rows).toEqual([3, 1]);
  });
});

describe('a cursor', () => {
  it('is null at the end, and when a page was empty, so that no client repeats forever', () => {
    expect([nextCursor(0, 20, 20), nextCursor(20, 0, 40), nextCursor(40, 5, 20)]).toEqual([null, null, null]);
    expect(cursorOffset(nextCursor(0, 20, 21) ?? '')).toBe(20);
  });

  it('starts at the beginning when it is left out', () => {
    expect(cursorOffset(undefined)).toBe(0);
  });

  it.each(['', '20', 'at:20', '-1', 'null', Buffer.from('at:-5').toString('base64url')])(
    '%j was not handed out here and is refused',
    (cursor) => {
      expect(() => cursorOffset(cursor)).toThrow(
        expect.objectContaining({ code: 'invalid_input', hint: expect.stringContaining('next_cursor') }),
      );
    },
  );

  it('gives an offset or a refusal, never anything else', () => {
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        try {
          expect(Number.isSafeInteger(cursorOffset(cursor))).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: 'invalid_input' });
        }
      }),
    );
  });
});
