import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { buildIfOlder } from '../../start/started-shop.fixture.js';
import type { Piece } from './arena.js';
import { wrongPieces } from './compare.js';
import type { Figures, Result } from './result.js';
import { VARIANTS } from './variants.js';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

describe('npm run bench -- events', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'banyan-events-'));
    buildIfOlder(); // it runs compiled: a process for each system
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const bench = (...words: string[]) =>
    run(process.execPath, ['dist/apps/bench/main.js', 'events', ...words], { cwd: ROOT, maxBuffer: 1 << 24 });

  it('teaches', async () => {
    expect((await bench('--help')).stdout).toContain('npm run bench -- events --json');
  });

  it('refuses what makes no sense', async () => {
    await expect(bench('--rounds', '0')).rejects.toMatchObject({
      stderr: expect.stringContaining('Give a whole number from 1.'),
    });
  });

  it('leaves no server behind when a signal ends it', async () => {
    const child = spawn(process.execPath, ['dist/apps/bench/main.js', 'events', '--quick'], { cwd: ROOT });
    let said = '';
    const listens = new Promise<void>((resolve) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('Postgres listens on')) resolve();
      });
    });
    const gone = once(child, 'exit');
    await Promise.race([listens, gone]);
    child.kill('SIGTERM');
    expect((await gone)[0]).toBe(143);
    const [, dir] = /making a Postgres in (\S+)\/postgres/.exec(said) ?? [];
    expect(existsSync(dir as string)).toBe(false);
    const [, port] = /Postgres listens on 127.0.0.1:(\d+)/.exec(said) ?? [];
    const socket = connect(Number(port), '127.0.0.1');
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }, 120_000);

  it('brings every event of every variant to its effect, once, and reports all of them', async () => {
    const json = join(folder, 'result.json');
    const { stdout } = await bench('--quick', '--json', json);
    const result = JSON.parse(readFileSync(json, 'utf8')) as Result;

    expect(result.wrong).toEqual([]);
    const names = VARIANTS.map(({ name }) => name);
    const of = (part: Figures['part'], at: string) =>
      result.figures.filter((each) => each.part === part && each.at === at);
    for (const part of ['drain', 'through'] as const) {
      for (const at of ['1 listener', '3 listeners']) {
        expect(
          of(part, at)
            .map(({ variant }) => variant)
            .sort(),
        ).toEqual([...names].sort());
      }
    }
    for (const each of result.figures) {
      expect(each.perSecond.median).toBeGreaterThan(0);
      expect(each.effects).toBe(each.deliveries);
      expect(each.distinct).toBe(each.deliveries);
      if (each.part !== 'business') expect(each.deliveries).toBeGreaterThan(0);
      if (each.part === 'latency')
        expect(each.p99?.median).toBeGreaterThanOrEqual(each.p50?.median as number);
    }
    expect(of('failing', '10 %').map(({ variant }) => variant)).toContain('ours, in batches');
    expect(result.aims).toHaveLength(15);
    expect(Object.values(result.versions)).not.toContain('unknown');

    const shown = stripVTControlCharacters(stdout);
    for (const word of names) expect(shown).toContain(word);
    expect(shown).toContain('Every piece left one effect for each delivery, and none twice.');
  }, 900_000);
});

describe('a piece', () => {
  const piece = (effects: number, distinct: number) =>
    ({ checked: true, count: 10, effects, distinct, seconds: 1 }) as Piece;
  const measured = (effects: number, distinct: number) => [
    { round: 1, part: 'drain', at: '1 listener', variant: 'ours', piece: piece(effects, distinct) } as const,
  ];

  it('is wrong when an effect is missing, or there twice', () => {
    expect(wrongPieces(measured(10, 10))).toEqual([]);
    expect(wrongPieces(measured(9, 9))).toHaveLength(1);
    expect(wrongPieces(measured(11, 10))).toHaveLength(1);
    expect(wrongPieces(measured(10, 9))).toHaveLength(1);
  });
});
