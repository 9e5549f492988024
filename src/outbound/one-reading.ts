import type { Reading } from '../core/cloud.ts';
import type { Layer, Reply } from './send.ts';

/**
 * Within one reading (`io.reading`) the same GET is sent once, `fresh` or not: a plan and the check of the caps, which
 * both need the list of pods, get the same answer. What belongs to no reading passes.
 */
export const oneReadingLayer = (): Layer => (next) => {
  const readings = new WeakMap<Reading, Map<string, Promise<Reply>>>();
  return async (call) => {
    const { reading } = call.io;
    if (reading === undefined || call.method !== 'GET' || !call.repeatable) return next(call);
    const replies = readings.get(reading) ?? new Map<string, Promise<Reply>>();
    readings.set(reading, replies);
    const key = JSON.stringify([call.url, call.reads]);
    const reply = replies.get(key) ?? next(call);
    replies.set(key, reply);
    return reply;
  };
};
