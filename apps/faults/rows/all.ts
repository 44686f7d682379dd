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
import { d4 } from './d04-odd-texts.js';
import { d6 } from './d06-thrown.js';
import { d11 } from './d11-ten-at-once.js';
import { e3 } from './e03-stopped-while-busy.js';
import type { Row } from './row.js';

/** The first gate of the fault matrix, in the order of the matrix. */
export const GATE: readonly Row[] = [a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, d4, d6, d11, e3];
