import { type FileHandle, open } from 'node:fs/promises';

/**
 * Appends one line to a file (0600), on a line of its own even where a crash or a full disk tore the one before. All
 * of it is written, or this rejects. `then` gets the open file and whether it was empty, e.g. to put it on disk.
 */
export async function appendLine(
  path: string,
  line: string,
  then: (file: FileHandle, isNew: boolean) => Promise<void> = async () => {},
): Promise<void> {
  const file = await open(path, 'a+', 0o600);
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const torn = size > 0 && buffer[0] !== 0x0a;
    await file.writeFile(`${torn ? '\n' : ''}${line}\n`);
    await then(file, size === 0);
  } finally {
    await file.close();
  }
}
