import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Result } from './result.js';
import { VARIANTS } from './variants.js';

it('measures every variant, and leaves a result', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-bench-spec-'));
  const file = join(folder, 'telemetry.json');
  const main = join(__dirname, '../../../dist/apps/bench/main.js');
  const { stdout } = await promisify(execFile)(process.execPath, [
    main,
    'telemetry',
    '--quick',
    '--json',
    file,
  ]);
  const result = JSON.parse(await readFile(file, 'utf8')) as Result;
  await rm(folder, { recursive: true });
  expect(result.variants.map(({ name }) => name)).toEqual([...VARIANTS]);
  for (const { perSecond, refused, cpuMicros } of result.variants) {
    expect(perSecond.median).toBeGreaterThan(0);
    expect(cpuMicros.median).toBeGreaterThan(0);
    expect(refused).toBe(0);
  }
  expect(result.ingest.store.median).toBeGreaterThan(0);
  expect(result.findTrace.most).toBeGreaterThan(0);
  expect(result.aims).toHaveLength(5);
  expect(stdout).toContain('pino and OpenTelemetry');
}, 300_000);
