/** Writes index.js and chunks/ into a directory; tests put it elsewhere than dist. */
export declare function bundle(outdir: string): Promise<void>;
