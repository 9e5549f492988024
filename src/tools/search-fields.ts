import * as z from 'zod';
import { gpuWords, regionWords } from '../core/search-words.ts';

// A filter that names nothing would match everything, and the answer would seem filtered.

/** The model of a GPU as people write it. */
export const gpuField = z
  .string()
  .max(60)
  .refine((text) => gpuWords(text).length > 0, 'needs the name of a model, such as H100');

/** A region or larger area as people write it. */
export const regionField = z
  .string()
  .max(60)
  .refine((text) => regionWords(text).length > 0, 'needs the name of a region, such as Europe');

/** Words to search for, of at most `max` characters together. */
export const searchField = (max: number) =>
  z
    .string()
    .refine((text) => text.length <= max, { error: `must have at most ${max} characters`, abort: true })
    .refine((text) => /[\p{L}\p{N}]/u.test(text), 'needs a letter or a digit');
