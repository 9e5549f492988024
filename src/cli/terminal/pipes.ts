const GONE: readonly unknown[] = ['EPIPE', 'ERR_STREAM_DESTROYED'];

/**
 * Nobody reads on (`| head`): the rest of the output goes nowhere, and the command ends as it would have, with its
 * writes finished. Commands that never end by themselves listen for it on their own.
 */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.includes(error.code)) throw error;
    });
  }
}
