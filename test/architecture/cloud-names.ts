import { CLOUDS } from '../../src/clouds/index.ts';
import { codeOf, type Source } from './source.ts';
import { CLOUD_NAMES } from './table.ts';

const ids = CLOUDS.map(({ id }) => id).join('|');

/** A cloud's id as a value, a property, a key, or in `METHOD <id> /path`: what code could branch on. Comments do not count. */
const NAMED = new RegExp(
  [
    `(['"\`])(?:${ids})\\1`,
    `\\.(?:${ids})\\b`,
    `(?<![\\[\\w'"\`])(?:${ids})\\s*:\\s`,
    `\\{\\s*(?:${ids})\\b`,
    `(['"\`])[A-Z]+ (?:${ids}) /`,
  ].join('|'),
);

/** The files that name a cloud in code though they are neither a cloud's, nor the simulator's, nor excepted. */
export const namingClouds = (sources: readonly Source[]): string[] =>
  sources
    .filter(
      ({ path, text }) =>
        !/^src\/(?:clouds|sandbox)\//.test(path) &&
        !CLOUD_NAMES.some((one) => one.path === path) &&
        NAMED.test(codeOf(text, 'keep')),
    )
    .map(({ path }) => path);
