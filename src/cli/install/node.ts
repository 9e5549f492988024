import { existsSync, realpathSync } from 'node:fs';
import { posix } from 'node:path';
import type { Place } from './clients/client.ts';

/**
 * Where programs are found by an app that was started from the desktop: no shell profile (nvm, fnm, Homebrew) has run.
 * macOS: the PATH of launchd; Linux: that of systemd's user session. Windows gives apps the user's own PATH.
 */
const DESKTOP: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['/usr/bin', '/bin', '/usr/sbin', '/sbin'],
  linux: ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'],
};

/** The PATH of an app on the desktop; null if it is the one of the shell. */
export const desktopPath = (platform: NodeJS.Platform): string | null => DESKTOP[platform]?.join(':') ?? null;

const real = (path: string): string | null => (existsSync(path) ? realpathSync(path) : null);

/** fnm makes such a folder for each shell and removes it with the shell. */
const PASSING = /fnm_multishells/;

/**
 * The folder of the Node that runs now, if an app on the desktop would not find that very Node; else null. A folder of
 * the PATH is preferred to the place that its link leads to, which often changes with each version.
 */
export function hiddenNode(
  node: string,
  { platform, env }: Pick<Place, 'platform' | 'env'>,
  desktop: readonly string[] | undefined = DESKTOP[platform],
): string | null {
  if (desktop === undefined) return null;
  const target = real(node);
  const first = desktop.map((folder) => real(posix.join(folder, 'node'))).find((found) => found !== null);
  if (first !== undefined && first === target) return null;
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '' && !PASSING.test(folder));
  return folders.find((folder) => real(posix.join(folder, 'node')) === target) ?? posix.dirname(node);
}
