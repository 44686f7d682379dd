import { dataSet } from './data.js';
import type { Scope } from './invariants/invariant.js';
import { freeIds, load, settled } from './load.js';
import { PRODUCTS_PER_SELLER } from './options.js';
import { type Run, secondsSince } from './run.js';

/** What a run has loaded, and what its judges need to know of it. */
export interface Prepared {
  readonly data: ReturnType<typeof dataSet>;
  readonly scope: Scope;
}

/**
 * Makes sure that everything is there that a run needs; wipes the shop if, and only if, that was asked for.
 *
 * @throws Error with the cure
 */
export async function greet({ client, options, database }: Run): Promise<void> {
  if (options.customers < options.concurrency) {
    throw new Error(
      `${options.concurrency} transactions need as many customers: raise --customers or lower --concurrency.`,
    );
  }
  const ready = await client.send('GET', '/health/ready', '/health/ready').catch(() => undefined);
  if (!ready?.ok) {
    const state = ready
      ? `says that it is not ready (${ready.status} ${ready.body.slice(0, 300)})`
      : 'does not answer';
    throw new Error(
      `The marketplace at ${options.url} ${state}: start it with npm start, or point --url to it.`,
    );
  }
  const [there] = await database.query<{ there: boolean }>(
    `select to_regclass('banyan.deliveries') is not null and to_regclass('cart.cart_history') is not null as there`,
  );
  if (!there?.there)
    throw new Error('That database is not the one of a marketplace: point --database or --data-dir to it.');
  if (!options.reset) return;
  const wiped = await client.send('PATCH', '/cleanup', '/cleanup');
  if (!wiped.ok)
    throw new Error(`PATCH /cleanup answered ${wiped.status}: --reset needs BENCH=true at the marketplace.`);
}

/**
 * Loads the data of the run, and waits until they have settled.
 *
 * @throws Error when a row is refused, or the data do not settle, or Ctrl-C ended it
 */
export async function prepare(run: Run): Promise<Prepared> {
  const { options, client, database, progress } = run;
  const ids = await freeIds(database);
  const data = dataSet(options, ids);
  const began = performance.now();
  let [done, all] = [0, 0];
  progress.begin(() => `loading  ${done} of ${all} rows`);
  const stop = () => run.interrupted.aborted;
  await load(
    client,
    data,
    options.seed,
    (now, total) => {
      [done, all] = [now, total];
    },
    stop,
  );
  if (stop()) throw new Error('Interrupted while loading: nothing was driven.');
  progress.begin(() => 'loading  waiting until it has settled');
  await settled(database, ids.firstSeller, options.products, options.quiet);
  progress.end(`run ${run.name}: ${all} rows loaded and settled in ${secondsSince(began)} s`);
  const scope: Scope = {
    tidPrefix: `${run.name}-`,
    firstSeller: ids.firstSeller,
    lastSeller: ids.firstSeller + options.products / PRODUCTS_PER_SELLER - 1,
    qty: options.qty,
    accepted: [],
  };
  return { data, scope };
}
