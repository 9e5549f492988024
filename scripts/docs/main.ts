import { writeFile } from 'node:fs/promises';
import { generatedPages } from './pages.ts';

for (const { path, text } of await generatedPages('./')) {
  await writeFile(path, text);
  console.log(`${path}: ${text.split('\n').length} lines`);
}
