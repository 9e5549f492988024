import { readdirSync, readFileSync } from 'node:fs';
import { ROOT } from '../architecture/source.ts';

/** A Markdown page of the project. */
export interface Page {
  path: string;
  text: string;
}

/** A fenced block: its language, the line of its fence, and what is inside. */
export interface Block {
  language: string;
  line: number;
  text: string;
}

const read = (path: string): Page => ({ path, text: readFileSync(`${ROOT}${path}`, 'utf8') });

/** Every page that a reader may open. */
export const readPages = (): Page[] => [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].map(read),
  ...readdirSync(`${ROOT}docs`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => read(`docs/${name}`)),
];

const FENCE = /^(`{3,})(\w*)\n([\s\S]*?)\n\1$/gm;

/** All fenced blocks of a page. */
export const blocksWithLines = ({ text }: Page): Block[] =>
  [...text.matchAll(FENCE)].map(({ index, 2: language = '', 3: inside = '' }) => ({
    language,
    line: text.slice(0, index).split('\n').length,
    text: inside,
  }));

const withoutBlocks = ({ text }: Page): string => text.replace(FENCE, '');

/** The code spans of a page. */
export const spansOf = (page: Page): string[] =>
  [...withoutBlocks(page).matchAll(/`([^`\n]+)`/g)].map(([, inside = '']) => inside);

/** The targets of a page's links. */
export const linksOf = (page: Page): string[] =>
  [...withoutBlocks(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);

/** The anchors that a page's headings make, as GitHub spells them. */
export const anchorsOf = (page: Page): string[] =>
  [...withoutBlocks(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
