/** The load: a process of its own, so that its work is not counted as a variant's. Told over IPC what to do. */
import { percentile } from '../drive/percentiles.js';
import { Connection } from '../placement/load/connection.js';

/** What it is told. */
export interface LoadTask {
  readonly url: string;
  readonly seconds: number;
  readonly concurrency: number;
}

/** What came of it. */
export interface LoadResult {
  readonly answered: number;
  readonly refused: number;
  readonly seconds: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

async function work({ url, seconds, concurrency }: LoadTask): Promise<LoadResult> {
  const latencies: number[] = [];
  let refused = 0;
  const began = performance.now();
  const connections = Array.from({ length: concurrency }, () => new Connection(new URL(url)));
  const one = async (connection: Connection) => {
    while (performance.now() - began < seconds * 1_000) {
      const sent = performance.now();
      const status = await connection
        .ask({ method: 'GET', path: `/hello/${latencies.length}`, expects: 200 })
        .catch(() => 0);
      if (status === 200) latencies.push(performance.now() - sent);
      else refused++;
    }
  };
  await Promise.all(connections.map(one));
  const took = (performance.now() - began) / 1_000;
  for (const connection of connections) connection.close();
  const sorted = Float64Array.from(latencies).sort();
  return {
    answered: sorted.length,
    refused,
    seconds: took,
    p50: percentile(sorted, 50),
    p99: percentile(sorted, 99),
  };
}

process.on('message', (task: LoadTask) => {
  void work(task).then((result) => process.send?.(result));
});
process.on('disconnect', () => process.exit());
