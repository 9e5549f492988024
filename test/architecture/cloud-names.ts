import { CLOUDS } from '../../src/clouds/index.ts';
import { codeOf, type Source } from './source.ts';
import { CLOUD_NAMES } from './table.ts';

const ids = CLOUDS.map(({ id }) => id).join('|');
const titles = CLOUDS.flatMap(({ title, full_title }) => [title, full_title]).join('|');

/**
 * A cloud's id as a value, a property, a key, or in `METHOD <id> /path`: what code could branch on; and its name, or how
 * many clouds there are, in a sentence: what another set of clouds makes false. Comments do not count.
 */
const NAMED = new RegExp(
  [
    `(['"\`])(?:${ids})\\1`,
    `\\.(?:${ids})\\b`,
    `(?<![\\[\\w'"\`])(?:${ids})\\s*:\\s`,
    `\\{\\s*(?:${ids})\\b`,
    `(['"\`])[A-Z]+ (?:${ids}) /`,
    `\\b(?:${titles})\\b`,
    '\\b(?:both|two|either|neither) clouds?\\b',
  ].join('|'),
);

/** What is shown only if its cloud is configured. */
const MARKED = new RegExp(`\\[(?:${ids}): [^\\]]*\\]`, 'g');

/** True if code or a sentence of the text names a cloud. */
export const namesCloud = (text: string): boolean => NAMED.test(codeOf(text, 'keep').replaceAll(MARKED, ''));

/** The files that name a cloud though they are neither a cloud's, nor the simulator's, nor excepted. */
export const namingClouds = (sources: readonly Source[]): string[] =>
  sources
    .filter(
      ({ path, text }) =>
        !/^src\/(?:clouds|sandbox)\//.test(path) &&
        !CLOUD_NAMES.some((one) => one.path === path) &&
        namesCloud(text),
    )
    .map(({ path }) => path);
