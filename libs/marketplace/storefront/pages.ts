import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';

/** One file that browsers get. */
export interface Page {
  readonly type: string;
  readonly body: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files that may be asked for: a list, so that no path from outside ever meets the disk. */
export const PAGES = [
  'index.html',
  'dashboard.html',
  'style.css',
  'shop.js',
  'storefront.js',
  'dashboard.js',
  'mark.svg',
] as const;

/** Reads the pages once; they are small, and there are few. */
export function readPages(): ReadonlyMap<string, Page> {
  const folder = pagesFolder();
  return new Map(
    PAGES.map((name) => [
      name,
      { type: TYPES[extname(name)] as string, body: readFileSync(join(folder, name)) },
    ]),
  );
}

/** The pages are not compiled: they stay in the source folder, which the compiled code finds from the root. */
function pagesFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return join(folder, 'libs/marketplace/storefront/pages');
    if (folder === dirname(folder))
      throw new Error(`No package.json above ${import.meta.dirname}: the pages are not found.`);
  }
}
