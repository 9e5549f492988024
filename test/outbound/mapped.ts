import { expect } from 'vitest';
import { CLOUDS, keyFormsOf } from '../../src/clouds/index.ts';
import { GpuError } from '../../src/core/errors.ts';
import { type ErrorContext, errorLayer } from '../../src/outbound/errors.ts';
import { createRedactor } from '../../src/outbound/redact.ts';
import type { Call, Explain, Reply } from '../../src/outbound/send.ts';
import { call, isOwnError, KEY, rejection, scripted, write } from './fixtures.ts';

const NOW = Date.UTC(2026, 0, 1);

const through = (explain: Explain) => {
  const context: ErrorContext = {
    cloud: 'volt',
    title: 'Volt',
    explain,
    isOwnError,
    redact: createRedactor([KEY], keyFormsOf(CLOUDS)),
    now: () => NOW,
    proxyFor: () => 'http://proxy.example:3128',
  };
  return errorLayer(context);
};

/** What the error layer lets pass of a reply to a write. */
export const passes = (answer: Reply) => through(() => null)(scripted(answer).send)(write());

/** The GpuError that the error layer makes of a reply or a failure; it always names the cloud and a next step. */
export const mapped = async (answer: Reply | Error, one: Call = call(), explain: Explain = () => null) => {
  const error = await rejection(through(explain)(scripted(answer).send)(one));
  if (!(error instanceof GpuError)) throw error;
  expect(error.hint).not.toBeNull();
  expect(error.cloud).toBe('volt');
  return error;
};
