#!/usr/bin/env node
// Copies what one application needs to run into a folder: its image holds that folder and nothing else of ours.
//
//   node docker/app-files.mjs <app> --to <folder> [--json]
//
// <app> is a folder of apps/ with a main.ts: marketplace, services/payment, facade. Build first (npm run build).
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reachedCode } from './reached-code.mjs';
import { reachedPackages } from './reached-packages.mjs';

/** Half of what packages bring is for compilers, debuggers and readers; licences stay. */
const NOT_RUN = /\.(?:[cm]?tsx?|map|markdown|md)$/i;
const LICENCE = /^(?:licen[cs]e|notice|copying)/i;

/** Whole folders for other run times. TypeORM's is a second copy of itself for browsers: 15 MB with its maps. */
const OTHER_RUN_TIMES = ['node_modules/typeorm/browser'];

/**
 * Copies an application into a folder that `node .` starts it from.
 *
 * @returns what was copied
 * @throws {Error} when there is no such application, it is not built, or a package is missing
 */
function copyApp(root, app, target) {
  const main = `dist/apps/${app}/main.js`;
  if (!existsSync(join(root, main))) throw new Error(unknownApp(root, app, main));
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new Error(`${target} is not empty: name a new folder, so that nothing old gets into the image.`);
  }
  const code = reachedCode(root, main);
  const packages = reachedPackages(root, code.packages);
  for (const file of code.files) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    cpSync(join(root, file), join(target, file));
  }
  for (const folder of packages) copyPackage(join(root, folder), join(target, folder), folder);
  const { name, version, type, imports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = { name, version, private: true, type, main, imports };
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return { app, main, files: code.files, packages };
}

/** Copies a package without the packages inside of it: those that are needed have an entry of their own. */
function copyPackage(from, to, folder) {
  cpSync(from, to, {
    recursive: true,
    dereference: true,
    filter: (source) => {
      const path = source.slice(from.length);
      if (path === '/node_modules' || OTHER_RUN_TIMES.includes(folder + path)) return false;
      return !NOT_RUN.test(path) || LICENCE.test(basename(path)) || statSync(source).isDirectory();
    },
  });
}

function unknownApp(root, app, main) {
  if (existsSync(join(root, 'apps', app, 'main.ts'))) return `${main} is missing: run npm run build.`;
  const apps = readdirSync(join(root, 'apps'), { recursive: true })
    .filter((path) => basename(path) === 'main.ts')
    .map(dirname);
  return `There is no app "${app}". Choose one of: ${apps.sort().join(', ')}.`;
}

function bytesOf(folder) {
  if (!existsSync(folder)) return 0;
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { to: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const [app] = positionals;
if (!app || !values.to) {
  console.error('Usage: node docker/app-files.mjs <app> --to <folder> [--json]');
  process.exit(2);
}
try {
  const target = resolve(values.to);
  const copied = copyApp(dirname(import.meta.dirname), app, target);
  const sizes = { ours: bytesOf(join(target, 'dist')), packages: bytesOf(join(target, 'node_modules')) };
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    values.json
      ? JSON.stringify({ ...copied, sizes })
      : `${app}: ${copied.files.length} files of ours (${megabytes(sizes.ours)}), ${copied.packages.length} packages (${megabytes(sizes.packages)})`,
  );
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
