import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';

/** What a figure means little without. */
export function machine(loadBefore: number): Record<string, string | number> {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    // What else ran: a figure above about 1 before the start says that the machine was not quiet.
    loadBefore,
    loadAfter: round(loadavg()[0] ?? 0),
  };
}

/** How busy the machine is, by its load average of a minute. */
export function load(): number {
  return round(loadavg()[0] ?? 0);
}

/**
 * Versions of everything that takes part.
 *
 * @param packages names of the npm packages
 */
export function versions(packages: readonly string[]): Record<string, string> {
  const found = packages.map((name) => [name, versionOf(name)] as const);
  return { commit: commit(), node: process.version, ...Object.fromEntries(found) };
}

/** Read from its folder: not every package lets its package.json be imported. */
function versionOf(name: string): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const file = join(folder, 'node_modules', name, 'package.json');
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  }
  return 'unknown';
}

function commit(): string {
  try {
    const git = (...words: string[]) =>
      execFileSync('git', words, { encoding: 'utf8', stdio: 'pipe' }).trim();
    return (
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ', changed since')
    );
  } catch {
    return 'unknown'; // not a checkout
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
