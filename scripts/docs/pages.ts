import { readFile } from 'node:fs/promises';
import { architecturePage } from './architecture-page.ts';
import { clientsPage } from './clients-page.ts';
import { configurationPage } from './configuration-page.ts';
import { readmePage } from './readme.ts';
import { sandboxPage } from './sandbox-page.ts';
import { toolsPage } from './tools-page.ts';

/** A page that is generated, wholly or between markers: where it is, and how it should read now. */
export interface Page {
  path: string;
  text: string;
}

/** All generated pages, in memory. `root` ends in a slash. */
export async function generatedPages(root: string): Promise<Page[]> {
  const current = (path: string) => readFile(`${root}${path}`, 'utf8');
  return [
    { path: 'docs/tools.md', text: await toolsPage() },
    { path: 'docs/configuration.md', text: configurationPage() },
    { path: 'docs/architecture.md', text: architecturePage(await current('docs/architecture.md')) },
    {
      path: 'docs/clients.md',
      text: clientsPage(await current('docs/clients.md'), await current('package.json')),
    },
    { path: 'docs/sandbox.md', text: sandboxPage(await current('docs/sandbox.md')) },
    { path: 'README.md', text: await readmePage(await current('README.md')) },
  ];
}
