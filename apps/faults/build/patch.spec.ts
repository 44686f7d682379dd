import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTANTS } from '../mutants/run-mutants.js';
import { type Patch, PatchDoesNotApply, patched } from './patch.js';
import { POINTS } from './points.js';

const ROOT = join(import.meta.dirname, '../../..');

describe('a patch', () => {
  const patch = (find: string): Patch[] => [{ file: 'a.ts', find, put: '$& stays as it is' }];

  it('puts its text in place of another, to the letter', () => {
    expect(patched('a.ts', 'one two three', patch('two'))).toBe('one $& stays as it is three');
  });

  it.each([
    ['is not there any more', 'four'],
    ['is there 2 times', 't'],
  ])('fails loudly when what it changes %s', (how, find) => {
    expect(() => patched('a.ts', 'one two three', patch(find))).toThrow(PatchDoesNotApply);
    expect(() => patched('a.ts', 'one two three', patch(find))).toThrow(how);
  });
});

describe('every patch fits the source as it is', () => {
  const sets: [string, readonly Patch[]][] = [
    ['the named places', POINTS],
    ...MUTANTS.map(({ number, says, patches }): [string, readonly Patch[]] => [
      `mutant ${number}: ${says}`,
      [...POINTS, ...patches],
    ]),
  ];
  it.each(sets)('%s', (_, patches) => {
    for (const file of new Set(patches.map((patch) => patch.file))) {
      const own = patches.filter((patch) => patch.file === file);
      const text = readFileSync(join(ROOT, file), 'utf8');
      expect(patched(file, text, own)).not.toBe(text);
    }
  });

  it('and there are the sixteen', () => {
    expect(MUTANTS.map(({ number }) => number)).toEqual(Array.from({ length: 16 }, (_, at) => at + 1));
  });
});
