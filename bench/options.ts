import { parseArgs } from 'node:util';

/** The options of a script of bench/, and how `--help` explains them. */
export interface Script<Name extends string> {
  usage: string;
  about: string;
  options: Readonly<Record<Name, { default: string; meaning: string }>>;
}

/** Reads the options: an option's value, else its default. `--help` prints them and ends the process. @throws TypeError on any other */
export function readOptions<Name extends string>({
  usage,
  about,
  options,
}: Script<Name>): (name: Name) => string {
  const rows = Object.entries<{ default: string; meaning: string }>(options);
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', default: false },
      ...Object.fromEntries(rows.map(([name]) => [name, { type: 'string' as const }])),
    },
  });
  if (values.help === true) {
    const lines = rows.map(([name, row]) => `  --${name.padEnd(10)} ${row.meaning} (default ${row.default})`);
    console.log([usage, '', about, '', ...lines].join('\n'));
    process.exit(0);
  }
  const given: Record<string, unknown> = values;
  return (name) => {
    const value = given[name];
    return typeof value === 'string' ? value : options[name].default;
  };
}
