import { describe, expect, it } from 'vitest';
import { createReservations } from '../../src/store/reservations.ts';
import { fleetOf, NOON } from '../gate/fixtures.ts';

const MINUTE = 60_000;

function bench() {
  let now = NOON;
  const reservations = createReservations(() => now);
  return {
    ...reservations,
    pass: (ms: number) => {
      now += ms;
    },
    /** What is reserved beside this fleet. */
    beside: (...rows: Parameters<typeof fleetOf>) => reservations.onto(fleetOf(...rows)).reserved,
  };
}

const NOTHING = { usd_per_hour: 0, pods: 0 };

describe('a reservation', () => {
  it('counts from the moment it is made', () => {
    const { add, beside } = bench();
    add(0.39, 1);
    add(2.69, 1);
    expect(beside()).toEqual({ usd_per_hour: 0.39 + 2.69, pods: 2 });
  });

  it('stops counting when it is released', () => {
    const { add, beside } = bench();
    const mine = add(0.39, 1);
    add(2.69, 1);
    mine.release();
    expect(beside()).toEqual({ usd_per_hour: 2.69, pods: 1 });
  });

  it('counts while its action is in flight, however long that takes', () => {
    const { add, beside, pass } = bench();
    add(0.39, 1);
    pass(24 * 60 * MINUTE);
    expect(beside()).toEqual({ usd_per_hour: 0.39, pods: 1 });
  });

  it('counts after its action until a list shows the pod burning', () => {
    const { add, beside } = bench();
    add(0.39, 1).keep('volt:pod:new');
    expect(beside(['volt', 'other', 1])).toEqual({ usd_per_hour: 0.39, pods: 1 });
    expect(beside(['volt', 'new', 0.39])).toEqual(NOTHING);
    expect(beside()).toEqual(NOTHING);
  });

  it('counts the price but not the pod twice where the pod is listed and does not burn yet', () => {
    const { add, beside } = bench();
    add(0.39, 1).keep('volt:pod:new');
    expect(beside(['volt', 'new', 0])).toEqual({ usd_per_hour: 0.39, pods: 0 });
    expect(beside(['volt', 'new', 0])).toEqual({ usd_per_hour: 0.39, pods: 0 });
  });

  it('takes a listed pod without a price for a burning one', () => {
    const { add, beside } = bench();
    add(0.39, 1).keep('volt:pod:new');
    expect(beside(['volt', 'new', null])).toEqual(NOTHING);
  });

  it('counts at most fifteen minutes after its action, also where nobody knows what it made', () => {
    const { add, beside, pass } = bench();
    add(0.39, 1).keep('volt:pod:new');
    add(2.69, 1).keep(null);
    pass(15 * MINUTE - 1);
    expect(beside()).toEqual({ usd_per_hour: 0.39 + 2.69, pods: 2 });
    pass(1);
    expect(beside()).toEqual(NOTHING);
  });

  it('is forgotten with its pod, and only with its own', () => {
    const { add, beside, forget } = bench();
    add(0.39, 1).keep('volt:pod:a');
    add(2.69, 1).keep('volt:pod:b');
    forget('volt:pod:a');
    expect(beside()).toEqual({ usd_per_hour: 2.69, pods: 1 });
  });

  it('adds to what the fleet already has reserved, and leaves the fleet as it was', () => {
    const { add, onto } = bench();
    add(1, 1);
    const fleet = { ...fleetOf(['volt', 'a', 2]), reserved: { usd_per_hour: 3, pods: 4 } };
    expect(onto(fleet)).toEqual({ ...fleet, reserved: { usd_per_hour: 4, pods: 5 } });
    expect(fleet.reserved).toEqual({ usd_per_hour: 3, pods: 4 });
  });
});
