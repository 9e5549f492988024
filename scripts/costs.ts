import { readFileSync, writeFileSync } from 'node:fs';
import type { Case, Cost } from '../examples/example.ts';
import { minCosts } from '../testbed/costs.ts';
import { CASES, exampleFile } from '../testbed/examples.ts';

// Measures what the examples cost at the clouds, and writes it into their files.

const pair = ([requests, depth]: Cost): string => `[${requests}, ${depth}]`;

const lineOf = ({ plan, run }: NonNullable<Case['requests']>): string =>
  `requests: { ${plan === undefined ? '' : `plan: ${pair(plan)}, `}run: ${pair(run)} },`;

/** The file with this line in the case of this title. */
function withLine(text: string, title: string, line: string): string {
  const start = text.indexOf(`title: '${title}',`);
  if (start < 0) throw new Error(`no case has the title ${title}`);
  const next = text.indexOf("title: '", start + 1);
  const [head, mine, tail] = [
    text.slice(0, start),
    text.slice(start, next < 0 ? undefined : next),
    next < 0 ? '' : text.slice(next),
  ];
  const known = /requests: \{[^}]*\},/;
  return head + (known.test(mine) ? mine.replace(known, line) : mine.replace("',", `', ${line}`)) + tail;
}

for (const example of CASES.filter(({ shown, requests }) => shown || requests !== undefined)) {
  const costs = await minCosts(example);
  const file = exampleFile(example.tool.name);
  writeFileSync(file, withLine(readFileSync(file, 'utf8'), example.title, lineOf(costs)));
  console.log(`${example.label}: ${lineOf(costs)}`);
}
