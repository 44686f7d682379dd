import { a1 } from './a01-before-commit.js';
import { a2 } from './a02-reply-to-commit.js';
import { a3 } from './a03-before-response.js';
import { a4 } from './a04-lanes-taken.js';
import { a5 } from './a05-half-announced.js';
import { a6 } from './a06-announced.js';
import { a7 } from './a07-job-taken.js';
import { a8 } from './a08-effect-written.js';
import { a9 } from './a09-delivery-committed.js';
import { a10 } from './a10-burying.js';
import { b1 } from './b01-redis-killed.js';
import { b2 } from './b02-jobs-forgotten.js';
import { b3 } from './b03-redis-silent.js';
import { b4 } from './b04-silent-past-locks.js';
import { b5 } from './b05-redis-full.js';
import { b9 } from './b09-replies-lost.js';
import { b12 } from './b12-redis-absent.js';
import { c1 } from './c01-postgres-crashes.js';
import { c2 } from './c02-sessions-ended.js';
import { c3 } from './c03-backend-frozen.js';
import { c4 } from './c04-one-connection.js';
import { c9 } from './c09-foreign-transactions.js';
import { c10 } from './c10-overtaking.js';
import { c13 } from './c13-migrations-at-once.js';
import { c15 } from './c15-trespasses.js';
import { d2 } from './d02-foreign-jobs.js';
import { d4 } from './d04-odd-texts.js';
import { d6 } from './d06-thrown.js';
import { d9 } from './d09-memory.js';
import { d11 } from './d11-ten-at-once.js';
import { d13 } from './d13-old-replays.js';
import { e3 } from './e03-stopped-while-busy.js';
import { e10 } from './e10-died-unseen.js';
import { f1 } from './f01-smuggling.js';
import type { Row } from './row.js';

/** The first gate of the fault matrix, in its order, and what was found to be missing in it. */
export const GATE: readonly Row[] = [
  a1,
  a2,
  a3,
  a4,
  a5,
  a6,
  a7,
  a8,
  a9,
  a10,
  b1,
  b2,
  b3,
  b4,
  b5,
  b9,
  b12,
  c1,
  c2,
  c3,
  c4,
  c9,
  c10,
  c13,
  c15,
  d2,
  d4,
  d6,
  d9,
  d11,
  d13,
  e3,
  e10,
  f1,
];
