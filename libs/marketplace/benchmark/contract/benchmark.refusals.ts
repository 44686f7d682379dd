import { refusal } from '#platform/seam';

/** Wiping data over HTTP is for benchmarks only. */
export const notABenchmark = refusal<{ path: string }>(
  'benchmark.switched-off',
  'not-found',
  ({ path }) => `${path} wipes data and exists only on a server that was started with BENCH=true.`,
);

/** Every reader of the marks costs a question to the database ten times a second. */
export const tooManyReaders = refusal<{ limit: number }>(
  'benchmark.too-many-readers',
  'too-many',
  ({ limit }) => `${limit} readers follow the marks already: close one, or ask another instance.`,
);
