import { CommanderError } from 'commander';
import { MIXES } from './mix.js';
import { readOptions } from './options.js';

const read = (...args: string[]) => readOptions(['node', 'drive', ...args]);

describe('the command line', () => {
  let written = '';
  beforeEach(() => {
    written = '';
    const keep = (text: unknown) => {
      written += String(text);
      return true;
    };
    jest.spyOn(process.stdout, 'write').mockImplementation(keep);
    jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  });
  afterEach(() => jest.restoreAllMocks());

  it('has a default for everything: the published mix for a minute, and nothing destroyed', () => {
    expect(read()).toMatchObject({
      url: 'http://127.0.0.1:3000',
      seconds: 60,
      concurrency: 16,
      mix: MIXES.published,
      customers: 1000,
      products: 1000,
      qty: 10_000,
      reset: false,
      failures: true,
      check: true,
      uniqueSeller: false,
      sellerDistribution: 'uniform',
    });
  });

  it('reads what it is told', () => {
    const told = [
      '--mix',
      'later',
      '--no-failures',
      '--no-check',
      '--reset',
      '--seller-distribution',
      'zipfian',
    ];
    expect(read(...told, '--url', 'http://shop.test/')).toMatchObject({
      url: 'http://shop.test',
      mix: MIXES.later,
      failures: false,
      check: false,
      reset: true,
      sellerDistribution: 'zipfian',
    });
  });

  it.each([
    [['--seconds', 'soon'], 'Give a number above 0.'],
    [['--concurrency', '1.5'], 'Give a whole number from 1.'],
    [['--products', '15'], 'Give a multiple of 10'],
    [['--mix', 'wild'], 'Give published, later'],
    [['--url', 'shop'], 'Give an address like'],
    [['--key-distribution', 'normal'], 'Allowed choices are uniform, zipfian'],
    [['--second', '5'], 'Did you mean --seconds'],
  ])('refuses %j and says what to do', (args, cure) => {
    expect(() => read(...args)).toThrow(CommanderError);
    expect(written).toContain(cure);
  });

  it('--help teaches with examples and exit codes', () => {
    expect(() => read('--help')).toThrow(expect.objectContaining({ exitCode: 0 }));
    expect(written).toContain('npm run drive -- --seconds 60');
    expect(written).toContain('Exit code 0');
  });
});
