/** The load: a process of its own, told over IPC what to do, one task after the other. Ends with whoever started it. */
import { percentile } from '../../drive/percentiles.js';
import { type Asked, checkoutRequest, trackingRequest } from './chains.js';
import { Connection } from './connection.js';
import type { LoadResult, LoadTask } from './task.js';

async function work(task: LoadTask): Promise<LoadResult> {
  const { concurrency, seconds } = task;
  const latencies: number[] = [];
  const refused: Record<string, number> = {};
  const connections = Array.from({ length: concurrency }, () => new Connection(new URL(task.url)));
  let next = 0;
  let ranOut = false;
  const take = (): Asked | undefined => {
    const at = next++;
    if (task.chain === 'tracking') return trackingRequest(at, task.orders);
    const customer = task.firstCart + at;
    if (customer <= task.lastCart) return checkoutRequest(customer, `${task.prefix}-${customer}`);
    ranOut = true;
    return undefined;
  };
  const began = performance.now();
  const until = began + seconds * 1_000;
  const one = async (connection: Connection) => {
    while (performance.now() < until) {
      const asked = take();
      if (!asked) return;
      const sent = performance.now();
      const outcome = await connection.ask(asked).catch((error: Error) => error.message);
      if (outcome === asked.expects) latencies.push(performance.now() - sent);
      else refused[outcome] = (refused[outcome] ?? 0) + 1;
    }
  };
  await Promise.all(connections.map(one));
  const took = (performance.now() - began) / 1_000;
  for (const connection of connections) connection.close();
  const sorted = Float64Array.from(latencies).sort();
  return {
    answered: sorted.length,
    aborts: Object.values(refused).reduce((sum, count) => sum + count, 0),
    refused,
    seconds: took,
    ranOut,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    usedCarts: task.chain === 'checkout' ? Math.min(next, task.lastCart - task.firstCart + 1) : 0,
  };
}

process.on('message', (task: LoadTask) => {
  work(task).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
