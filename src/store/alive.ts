import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest } from './digest.ts';
import { codeOf } from './disk.ts';

/** The length of an abstract name without its first byte: Node 20 fills shorter ones with zeros, later releases do not. */
const ABSTRACT_LENGTH = 107;

/** A name of the kernel: an abstract socket, which no other user of this host can guess. Linux only. */
export const abstractName = (secret: string): string =>
  `\0${`gpu-cloud-mcp-${digest(secret)}`.padEnd(ABSTRACT_LENGTH, '-')}`;

/** A named pipe of Windows. */
export const pipeName = (secret: string): string => `\\\\.\\pipe\\gpu-cloud-mcp-${digest(secret)}`;

function readOr(path: string, instead: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return instead;
  }
}

function networkOf(): string {
  try {
    return readlinkSync('/proc/self/ns/net');
  } catch {
    return '';
  }
}

/** Identifies this start of this computer; on other systems than Linux only the computer. */
export const BOOT = digest(readOr('/proc/sys/kernel/random/boot_id', hostname())).slice(0, 16);
/** Identifies this computer, across restarts. */
export const HOST = digest(`${hostname()} ${readOr('/etc/machine-id', '')}`).slice(0, 16);
/** Identifies a start and a network namespace: only within one place the kernel shows which processes live. */
export const PLACE = digest(`${BOOT} ${networkOf()}`).slice(0, 8);

/** A mark that no other process has: the place and a random word. */
export const newOwner = (place = PLACE): string => `${place}-${randomBytes(8).toString('hex')}`;

/** The place in a mark; null for the mark of an older version. */
export function placeOf(owner: string): string | null {
  return /^([0-9a-f]{8})-[0-9a-f]{16}$/.exec(owner)?.[1] ?? null;
}

/** The address that a living process listens on. Linux frees it with the process; elsewhere nobody answers then (untested). */
function addressOf(owner: string): string {
  if (process.platform === 'linux') return abstractName(`alive ${owner}`);
  if (process.platform === 'win32') return pipeName(`alive ${owner}`);
  return join(tmpdir(), `gpu-mcp-${digest(owner).slice(0, 16)}.sock`);
}

/** Listens on an address until the server is closed or this process ends. @throws EADDRINUSE if another process listens on it */
export const listenOn = (path: string): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer((stranger) => stranger.destroy());
    server.on('error', reject);
    server.listen({ path, exclusive: true }, () => resolve(server));
  });

const shown = new Map<string, Promise<void>>();

/** Shows the processes of this place that `owner` lives, until this process ends. */
export function showAlive(owner: string): Promise<void> {
  const known = shown.get(owner);
  if (known !== undefined) return known;
  const showing = listenOn(addressOf(owner)).then((server) => {
    server.unref();
  });
  shown.set(owner, showing);
  showing.catch(() => shown.delete(owner));
  return showing;
}

/** True if a process of this place lives, or if that is in doubt. */
export const isAlive = (owner: string): Promise<boolean> =>
  new Promise((resolve) => {
    const path = addressOf(owner);
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      const isGone = ['ECONNREFUSED', 'ENOENT'].includes(codeOf(error));
      if (isGone && !path.startsWith('\0') && process.platform !== 'win32') rmSync(path, { force: true });
      resolve(!isGone);
    });
  });
