/** The code of a system error, e.g. ENOENT; `unknown` of anything else. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
