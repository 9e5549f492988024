import { createHash } from 'node:crypto';

/** SHA-256 of a text, 64 hexadecimal digits. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The first 24 digits of `digest`: keys and names of files. */
export const shortDigest = (text: string): string => digest(text).slice(0, 24);
