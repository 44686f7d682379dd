import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { EMPTY, type TestDatabase, testDatabase } from '#testing';
import { buildIfOlder } from '../../start/started-shop.fixture.js';
import { paired, spread } from '../measure/figures.js';
import type { Result } from './result.js';
import { VARIANTS } from './variants.js';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

describe('npm run bench -- placement', () => {
  let database: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    database = await testDatabase({ template: EMPTY });
    folder = mkdtempSync(join(tmpdir(), 'banyan-placement-'));
    // It runs compiled: many processes of it, and of the services.
    buildIfOlder();
  }, 120_000);
  afterAll(async () => {
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const bench = (...words: string[]) =>
    run(process.execPath, ['dist/apps/bench/main.js', ...words], { cwd: ROOT, maxBuffer: 1 << 24 });

  it('teaches', async () => {
    expect((await bench('--help')).stdout).toContain('placement');
    expect((await bench('placement', '--help')).stdout).toContain('npm run bench -- placement --json');
  });

  it('refuses what makes no sense', async () => {
    await expect(bench('placement', '--rounds', '0')).rejects.toMatchObject({
      stderr: expect.stringContaining('Give a whole number from 1.'),
    });
  });

  it('finds that all variants do the same work, and reports every one of them', async () => {
    const json = join(folder, 'result.json');
    const tiny = [
      '--seconds',
      '0.2',
      '--rounds',
      '1',
      '--concurrency',
      '4',
      '--orders',
      '50',
      '--calls',
      '200',
    ];
    const { stdout } = await bench('placement', ...tiny, '--json', json, '--database', database.url);
    const result = JSON.parse(readFileSync(json, 'utf8')) as Result;

    const names = VARIANTS.map((variant) => variant.name);
    for (const chain of ['tracking', 'checkout'] as const) {
      const figures = result.chains.filter((each) => each.chain === chain);
      expect(figures.map((each) => each.variant)).toEqual(names);
      for (const each of figures) {
        expect(each).toMatchObject({ aborts: 0, refused: {} });
        expect(each.answered).toBeGreaterThan(0);
        expect(each.perSecond.median).toBeGreaterThan(0);
        expect(each.p99.median).toBeGreaterThanOrEqual(each.p50.median);
      }
    }
    expect(result.processes).toEqual({ together: 1, apart: 8, conventional: 7 });
    const ways = ['direct', 'seam, in process', 'seam, apart', 'Nest TCP', 'Moleculer TCP'];
    expect(result.calls.map((each) => [each.way, each.atATime])).toEqual(
      [1, 64].flatMap((atATime) => ways.map((way) => [way, atATime])),
    );
    expect(result.others?.most).toBeLessThanOrEqual(1);
    expect(result.aims).toHaveLength(4);
    expect(Object.values(result.versions)).not.toContain('unknown');
    expect(JSON.stringify(result)).not.toContain(database.url);

    const shown = stripVTControlCharacters(stdout);
    for (const word of [...names, ...ways]) expect(shown).toContain(word);
    expect(shown.indexOf('Ratios')).toBeLessThan(shown.indexOf('tracking,'));
    const left = await database.query(`select datname from pg_database where datname like 'bench_%'`);
    expect(left).toEqual([]);
  }, 300_000);
});

describe('the figures', () => {
  it('of several rounds are told by their middle, the least and the most', () => {
    expect(spread([9, 1, 5])).toEqual({ median: 5, least: 1, most: 9 });
    expect(spread([4, 2])).toEqual({ median: 3, least: 2, most: 4 });
    expect(() => spread([])).toThrow('no figures');
  });

  it('are compared within each round, so that a slow round slows both', () => {
    expect(paired([100, 10, 50], [50, 5, 10])).toEqual({ median: 2, least: 2, most: 5 });
  });
});
