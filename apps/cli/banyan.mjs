#!/usr/bin/env node
// The `banyan` command: runs what `npm run build` has made of main.ts.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const main = join(root, 'dist/apps/cli/main.js');
if (existsSync(main)) {
  await import(pathToFileURL(main).href);
} else {
  process.stderr.write(`banyan is not built yet: run \`npm run build\` in ${root}.\n`);
  process.exitCode = 2;
}
