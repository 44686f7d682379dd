import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Result } from './report.js';
import { PARTS } from './sizes.js';

it('measures every part of the folder of a real Postgres, and holds each against its bound', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-growth-spec-'));
  const file = join(folder, 'growth.json');
  const main = join(__dirname, '../../../dist/apps/bench/main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'growth', '--quick', '--json', file]);
  const result = JSON.parse(await readFile(file, 'utf8')) as Result;
  await rm(folder, { recursive: true });
  const { published, undelivered, before, after, bounds, written } = result;
  expect(published).toBeGreaterThan(0);
  expect(undelivered).toBe(0);
  for (const part of ['slices of events', 'lines and spans', 'log of changes'] as const)
    expect(after.parts[part]).toBeGreaterThan(before.parts[part] - 1);
  expect(after.parts['slices of events'] - before.parts['slices of events']).toBeGreaterThan(
    published * 4_000,
  );
  expect(after.folder).toBeGreaterThanOrEqual(
    PARTS.filter((part) => part !== 'rest').reduce((sum, part) => sum + after.parts[part], 0),
  );
  expect(written).toBeGreaterThan(published * 4_000);
  expect(bounds.every(({ met }) => met)).toBe(true);
  expect(stdout).toContain('How large the data folder becomes');
}, 120_000);
