import { describe, expect, it } from 'vitest';
import { isLive, issuePermit, type Permit } from '../../src/core/permit.ts';

describe('a permit', () => {
  it('is live from its issue to its revocation, and never again', () => {
    const { permit, revoke } = issuePermit('create_pod');
    expect([permit.tool, isLive(permit)]).toEqual(['create_pod', true]);
    revoke();
    revoke();
    expect(isLive(permit)).toBe(false);
  });

  it('cannot be forged, copied or changed', () => {
    const { permit } = issuePermit('create_pod');
    const forged: Permit = { tool: 'create_pod' };
    expect([isLive(forged), isLive({ ...permit }), isLive(undefined)]).toEqual([false, false, false]);
    expect(Object.isFrozen(permit)).toBe(true);
  });

  it('ends alone: another one of the same tool stays live', () => {
    const [one, two] = [issuePermit('stop_pod'), issuePermit('stop_pod')];
    one.revoke();
    expect([isLive(one.permit), isLive(two.permit)]).toEqual([false, true]);
  });
});
