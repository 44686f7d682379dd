import { PathId, text } from './contract/index.js';

describe('text', () => {
  it('is anything that Postgres can store, astral characters and control characters included', () => {
    for (const good of ['', 'Ada', 'é', '\u{1F333}', 'a\nb\u0001', '\uFFFF']) {
      expect(text(10).parse(good)).toBe(good);
    }
  });

  it('is refused with a NUL or half a surrogate pair in it, wherever it stands, and says so', () => {
    for (const bad of ['\0', 'a\0b', '\uD83C', 'tree \uDF33', '\uDF33\uD83C', 'a\uD83Cb']) {
      expect(text(10).safeParse(bad).error?.issues).toMatchObject([
        { message: expect.stringContaining('NUL (U+0000)') },
      ]);
    }
  });

  it('is refused when it is too long, and can be narrowed', () => {
    expect(text(3).safeParse('four').success).toBe(false);
    expect(text(3).min(1).safeParse('').success).toBe(false);
    expect(text(3).min(1).safeParse('\0').success).toBe(false);
  });
});

describe('an id in a path', () => {
  it('is a whole number from 1 to the largest integer of Postgres', () => {
    expect(PathId.parse('1')).toBe(1);
    expect(PathId.parse('2147483647')).toBe(2_147_483_647);
    for (const bad of ['', ' ', '0', '-1', '1.5', 'x', '2147483648', 'NaN', 'Infinity']) {
      expect(PathId.safeParse(bad).success).toBe(false);
    }
  });
});
