import { Command, InvalidArgumentError, Option } from 'commander';
import type { DistributionName } from './distributions.js';
import { type Mix, readMix } from './mix.js';

/** What one run is told. */
export interface Options {
  readonly url: string;
  readonly seconds: number;
  readonly concurrency: number;
  readonly mix: Mix;
  readonly customers: number;
  readonly products: number;
  /** Units of every product at the start. */
  readonly qty: number;
  readonly seed: number;
  readonly sellerDistribution: DistributionName;
  readonly keyDistribution: DistributionName;
  readonly zipf: number;
  readonly uniqueSeller: boolean;
  /** PATCH /cleanup before loading: destroys everything that the shop holds. */
  readonly reset: boolean;
  readonly json?: string;
  /** False: any failed request fails the run. */
  readonly failures: boolean;
  /** False: no invariants, no causal counter. */
  readonly check: boolean;
  /** How long to wait for the system to come to rest, in seconds. */
  readonly quiet: number;
  readonly database?: string;
  readonly dataDir?: string;
}

/** Products of one seller, as in the published data set. */
export const PRODUCTS_PER_SELLER = 10;

const TEACH = `
The published mix on a fresh shop, for a minute, with the result as a file:
  npm run drive -- --seconds 60 --concurrency 16 --mix published --json results/drive.json

A look for causal anomalies (hot sellers, one seller per cart, a third of price updates):
  npm run drive -- --seller-distribution zipfian --unique-seller \\
    --mix CUSTOMER_SESSION=50,PRICE_UPDATE=90,UPDATE_PRODUCT=100

A look for overselling (ten sellers, few units):
  npm run drive -- --products 100 --qty 50 --seller-distribution zipfian --key-distribution zipfian

It works from outside: HTTP for the workload, SQL of its own for the judgement. It finds the database through --database,
DATABASE_URL (also in .env), or the embedded server of DATA_DIR.

Exit code 0: everything held. 1: an invariant was violated, a delivery died, the system did not come to rest (or, with
--no-failures, a request failed). 2: the run could not be made.`;

/**
 * Reads the command line.
 *
 * @param argv as in process.argv, the two leading entries included
 * @throws CommanderError, whose message is for people, on anything wrong or asked for (`--help`)
 */
export function readOptions(argv: readonly string[]): Options {
  const command = new Command('drive')
    .description(
      'Drives the marketplace with the five transactions of the Online Marketplace benchmark, then judges its data.',
    )
    .option('--url <url>', 'where the marketplace answers', url, 'http://127.0.0.1:3000')
    .option('--seconds <n>', 'length of the run', positive, 60)
    .option('--concurrency <n>', 'transactions outstanding at any time', whole, 16)
    .option(
      '--mix <mix>',
      'published, later, thresholds (NAME=30,...,NAME=100) or a JSON file of them',
      mix,
      readMix('published'),
    )
    .option('--customers <n>', 'customers to load', whole, 1000)
    .option('--products <n>', `products to load, ${PRODUCTS_PER_SELLER} to a seller`, products, 1000)
    .option('--qty <n>', 'units of every product at the start', whole, 10_000)
    .option('--seed <n>', 'same seed, same data and same choices per worker', whole, 42)
    .addOption(distributionOption('--seller-distribution <name>', 'how sellers are chosen'))
    .addOption(distributionOption('--key-distribution <name>', 'how products of a seller are chosen'))
    .option('--zipf <exponent>', 'exponent of the zipfian choices', positive, 1)
    .option('--unique-seller', 'all items of a cart from one seller', false)
    .option('--reset', 'first wipe EVERYTHING in the shop (needs BENCH=true there)', false)
    .option('--json <file>', 'also write the result as JSON')
    .option('--no-failures', 'any failed request fails the run')
    .option('--no-check', 'do not judge: no waiting, no invariants')
    .option('--quiet <seconds>', 'how long to wait for the system to come to rest', positive, 60)
    .option('--database <url>', 'its Postgres (default: DATABASE_URL, else the embedded one of DATA_DIR)')
    .option('--data-dir <folder>', 'folder of the embedded Postgres (default: DATA_DIR, else .banyan)')
    .addHelpText('after', TEACH)
    .allowExcessArguments(false)
    .exitOverride();
  command.parse([...argv]);
  return command.opts<Options>();
}

function distributionOption(flags: string, text: string): Option {
  return new Option(flags, text).choices(['uniform', 'zipfian']).default('uniform');
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('Give a number above 0.');
  return number;
}

function whole(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError('Give a whole number from 1.');
  return number;
}

function products(text: string): number {
  const number = whole(text);
  if (number % PRODUCTS_PER_SELLER !== 0) {
    throw new InvalidArgumentError(
      `Give a multiple of ${PRODUCTS_PER_SELLER}: that many belong to a seller.`,
    );
  }
  return number;
}

function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new InvalidArgumentError('Give an address like http://127.0.0.1:3000.');
  }
  return text.replace(/\/+$/, '');
}

function mix(text: string): Mix {
  try {
    return readMix(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
