/** Stands in for openssl: `openssl rand -hex N` and nothing else, with the same answer every time. */
const [, , ...args] = process.argv;
const [command, form, bytes, ...more] = args;
if (command !== 'rand' || form !== '-hex' || more.length > 0)
  throw new Error(`openssl stands in for "rand -hex N" only, not for: ${args.join(' ')}`);
process.stdout.write(`${'5a'.repeat(Number(bytes))}\n`);
