import { basename, isAbsolute, relative } from 'node:path';

const NAME = 'gpu-cloud-mcp';

/** A word quoted for a POSIX shell; a Windows path stays unquoted. */
export const quotedWord = (word: string, bare = /^[\w@%+=:,./-]+$/): string =>
  bare.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The command with which a person starts this program again. */
export const invoked = (): string => invocation(process.argv[1] ?? '', process.cwd());

/**
 * The command with which a person starts this program again, as it was started: the installed binary, npx, or node with the file of a
 * clone. `script` is process.argv[1].
 */
export function invocation(script: string, cwd: string): string {
  const path = script.replaceAll('\\', '/');
  if (path.includes('/_npx/')) return `npx -y ${NAME}`;
  if (path.includes('/node_modules/.bin/')) return `npx ${NAME}`;
  if (basename(path) === NAME || path.includes(`/node_modules/${NAME}/`)) return NAME;
  const near = relative(cwd, script);
  return `node ${quotedWord(near.startsWith('..') || isAbsolute(near) ? script : near, /^[\w@%+=:,./\\-]+$/)}`;
}
