import type { OutputFile } from 'esbuild';

/** Writes index.js and chunks/ into a directory and returns the files; tests put them elsewhere than dist. */
export declare function bundle(outdir: string): Promise<OutputFile[]>;
