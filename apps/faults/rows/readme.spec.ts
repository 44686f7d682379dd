import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATE } from './all.js';

it('the README names every row with what it injects and what must hold', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const table = readme.split('\n').filter((line) => /^\| [A-F]\d+ /.test(line));
  expect(table).toEqual(GATE.map(({ name, injects, holds }) => `| ${name} | ${injects} | ${holds} |`));
});
