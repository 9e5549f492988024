/** Writes the bundle to a file; tests put it elsewhere than dist. */
export declare function bundle(outfile: string): Promise<void>;
