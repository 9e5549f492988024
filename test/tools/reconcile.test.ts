import { describe, expect, it } from 'vitest';
import { adoptTheOne } from '../../src/tools/reconcile.ts';

const said = { notFound: 'None is listed.', ambiguous: 'Two are listed.' };
const row = (id: string) => ({ ref: `volt:pod:${id}` });
const adopt = async ({ ref }: { ref: string }) => ({ message: ref });

describe('adoptTheOne', () => {
  it('takes the only new thing for the result, and names it', async () => {
    const found = { found: { message: 'volt:pod:a' }, ref: 'volt:pod:a' };
    expect(await adoptTheOne([row('a')], said, adopt)).toEqual(found);
  });

  it('takes none of several, and names them all', async () => {
    const outcome = await adoptTheOne([row('a'), row('b')], said, adopt);
    expect(outcome).toEqual({ ambiguous: ['volt:pod:a', 'volt:pod:b'], why: 'Two are listed.' });
  });

  it('leaves the outcome open if nothing is new, with what may be related', async () => {
    expect(await adoptTheOne([], said, adopt)).toEqual({ notFound: 'None is listed.' });
    const related = { notFound: 'None of that name.', candidates: ['volt:pod:x'] };
    expect(await adoptTheOne([], { ...said, notFound: related }, adopt)).toEqual(related);
  });
});
