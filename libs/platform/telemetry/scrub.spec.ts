import fc from 'fast-check';
import { isCardNumber } from './card-number.js';
import { scrubLine } from './scrub-line.js';

const SECRET = 'hunter2-Zq9';
const secretName = fc.constantFrom(
  'password',
  'PASSWORD',
  'newPassword',
  'pass_word',
  'authorization',
  'Set-Cookie',
  'apiKey',
  'x-api-key',
  'refresh_token',
  'clientSecret',
  'CardNumber',
  'cardSecurityNumber',
  'card_code',
  'cvv',
  'card',
  'HolderName',
  'credentials',
  'private-key',
  'pan',
  'parameters',
);
const harmless = fc.oneof(fc.string({ maxLength: 20 }), fc.integer(), fc.boolean(), fc.constant(null));
const hidden = fc.oneof(
  fc.constant<unknown>(SECRET),
  fc.constant([SECRET]),
  fc.constant({ inner: [SECRET] }),
  fc.constant(`${SECRET}"}`),
);

describe('scrubLine', () => {
  test('hides a secret under any name of one, wherever it stands in whatever data', () => {
    const { data } = fc.letrec((tie) => ({
      data: fc.oneof(
        { maxDepth: 5 },
        fc.tuple(secretName, hidden).map(([name, value]) => ({ [name]: value })),
        fc.array(tie('data'), { minLength: 1, maxLength: 3 }),
        fc
          .tuple(fc.string({ maxLength: 8 }), harmless, tie('data'))
          .map(([name, a, b]) => ({ a, [`b${name}`]: b })),
      ),
    }));
    fc.assert(
      fc.property(data, harmless, (held, message) => {
        const clean = scrubLine(`${JSON.stringify({ level: 'info', data: held, message })}\n`);
        expect(clean).not.toContain('hunter2');
        JSON.parse(clean);
      }),
      { numRuns: 300 },
    );
  });

  test('leaves a line without secrets as it is', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 8, unit: 'grapheme-ascii' }), fc.integer()),
        (data) => {
          const line = `${JSON.stringify({ level: 'info', data: { n: Object.values(data) }, message: 'sold' })}\n`;
          expect(JSON.parse(scrubLine(line))).toEqual(JSON.parse(line));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('isCardNumber', () => {
  test('is true for exactly one check digit in ten', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[2-6]\d{11,17}$/), (digits) => {
        const valid = Array.from('0123456789').filter((digit) => isCardNumber(digits + digit));
        expect(valid).toHaveLength(1);
      }),
    );
  });
});
