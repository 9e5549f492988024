import { readKeyless } from '../../config/read.ts';
import { placeHere } from '../person-config.ts';
import { type Paint, screenOf } from '../terminal/screen.ts';
import { desktopPath, hiddenNode } from './entry.ts';
import type { KnownKey } from './keys.ts';
import type { InstallPlan, Machine } from './plan.ts';
import { type KeyTrial, tryKeys, type Verdict, verify } from './verify.ts';
import { terminalPrompts } from './wizard-prompts.ts';

/** The command line of `install`, as commander reads it. */
export interface InstallFlags {
  scope?: string;
  http?: string;
  sandbox?: boolean;
  keys?: string;
  name?: string;
  dryRun?: boolean;
  verify?: boolean;
  replace?: boolean;
  deleteKeys?: boolean;
  /** The files that hold keys: `<cloud>KeyFile`. */
  [keyFile: `${string}KeyFile`]: string;
}

/** What the installer uses: this program and machine, output, and what it starts and asks. */
export interface InstallContext extends Machine {
  now: () => Date;
  print: (text: string) => void;
  paint: Paint;
  columns: number;
  verify: (plan: InstallPlan) => Promise<Verdict>;
  tryKeys: (keys: readonly KnownKey[]) => Promise<KeyTrial[]>;
  /** Asks the person at the terminal; null if there is no terminal. */
  ask: ((question: string) => Promise<boolean>) | null;
}

/** The real machine. */
export function openInstallContext(): InstallContext {
  const { paint, prose, color } = screenOf(process.stdout);
  const place = placeHere();
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  return {
    place,
    script: process.argv[1] ?? '',
    hiddenNode: hiddenNode(process.execPath, place),
    stateDir: readKeyless().stateDir,
    now: () => new Date(),
    print: (text) => process.stdout.write(`${text}\n`),
    paint,
    columns: prose,
    verify: ({ server, client }) =>
      verify(server, place.env, client.desktop ? desktopPath(place.platform) : null),
    tryKeys: (keys) => tryKeys(keys, place),
    ask: isTerminal ? async (question) => terminalPrompts(color).confirm(question) : null,
  };
}
