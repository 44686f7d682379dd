import { Client } from 'pg';
import { type TestDatabase, testDatabase } from '#testing';
import { ERASED } from '../events/personal.js';
import { Words } from './words.js';

const PRINTABLE = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at));

describe('words that are looked for', () => {
  let database: TestDatabase;
  let client: Client;
  beforeAll(async () => {
    database = await testDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it.each([
    ['98765-431'],
    ['Zephyrgasse 9/2 (back), "right"'],
    ['a.b+c@example.org'],
    ['O\\Neil\nżółw'],
    [`x${PRINTABLE.join('')}x`],
  ])('are found as they are, by us and by Postgres: %j', async (word) => {
    const words = new Words([word]);
    const text = `before ${word} behind, not a${word}z`;
    expect(words.without(text)).toBe(`before ${ERASED} behind, not a${word}z`);
    expect(words.without(JSON.stringify({ word }))).toBe(JSON.stringify({ word: ERASED }));
    const found = 'select $1 ~* $2 as by_pattern, $1 ~* $3 as by_hint, $4 ~* $2 as in_others';
    const { rows } = await client.query(found, [text, words.pattern, words.hint, `a${word}z`]);
    expect(rows).toEqual([{ by_pattern: true, by_hint: true, in_others: false }]);
  });
});
