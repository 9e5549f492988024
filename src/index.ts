/** The oldest Node that this program runs on. Nothing else is imported here: older ones could not even read it. */
const NEEDED = [20, 18, 1] as const;

function isTooOld(version: string): boolean {
  const present = version.split('.').map(Number);
  for (const [at, needed] of NEEDED.entries()) {
    const part = present[at] ?? 0;
    if (part !== needed) return part < needed;
  }
  return false;
}

if (isTooOld(process.versions.node)) {
  process.stderr.write(
    `gpu-cloud-mcp needs Node ${NEEDED.join('.')} or newer; this is ${process.version}.\n`,
  );
  process.exit(2);
}
void import('./main.ts').then(({ main }) => main());
