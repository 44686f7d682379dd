/**
 * What a line costs, in ns: `node dist/libs/platform/telemetry/line-cost.js | cat > /dev/null`. Medians of interleaved
 * rounds; lines go to a sink that only counts them, but for the last case, which writes to standard output as an app does.
 */
import { cpus } from 'node:os';
import { pino } from 'pino';
import { freshContext, inContext } from './call-context.js';
import { FloodGuard } from './flood-guard.js';
import { loggerFor } from './log.js';
import { ONE_PER_CALL } from './platform-log.js';
import { scrubLine } from './scrub-line.js';

const ROUNDS = 15;
const LINES = 20_000;
const WRITER = { app: 'marketplace', instance: 'one' };
const JSON_LINES = { LOG_LEVEL: 'info', LOG_FORMAT: 'json' } as const;
const FIELDS = { method: 'POST', route: '/cart/:customerId/checkout', status: 202, ms: 12.3 };
const PLAIN = JSON.stringify(FIELDS);
const MESSAGE = 'POST /cart/:customerId/checkout 202 in 12.3 ms';

const call = freshContext({ module: 'checkout', operation: 'POST /cart/:customerId/checkout' });

let sunk = 0;
const sink = {
  write: (line: string) => {
    sunk += line.length;
  },
};

const bare = pino({ base: WRITER, timestamp: pino.stdTimeFunctions.isoTime }, sink);
const log = loggerFor(JSON_LINES, WRITER, sink);
const flood = new FloodGuard(() => undefined, { perSecond: 1, burst: 1e12, templates: 1e12 });
const differing = loggerFor(JSON_LINES, WRITER, sink);
differing.levels.want(new Map([['payment', 'debug']]));
const piped = loggerFor(JSON_LINES, WRITER);

let sample = '';
const keep = (line: string) => {
  sample = line;
};
inContext(call, () => loggerFor(JSON_LINES, WRITER, { write: keep }).info(MESSAGE, FIELDS));

const cases: Record<string, () => void> = {
  'bare pino, the same fields': () => bare.info(FIELDS, MESSAGE),
  'our line, in a call': () => log.info(MESSAGE, { ...FIELDS, [ONE_PER_CALL]: true }),
  'of which holding it against floods': () => void flood.passes(30, MESSAGE, undefined),
  'a line that is dropped, since there are too many': () => log.info(MESSAGE, FIELDS),
  'our line of words from code and numbers': () =>
    log.plain?.('POST /cart/:customerId/checkout', ' 202 in 12.3 ms', PLAIN),
  'of which the scrub, nothing suspicious': () => void scrubLine(sample),
  'our line with something to hide': () => log.info(MESSAGE, { ...FIELDS, token: 'x', [ONE_PER_CALL]: true }),
  'our line, below the level': () => log.debug(MESSAGE, FIELDS),
  'below the level, while another module wants it': () => differing.debug(MESSAGE, FIELDS),
  'our line, written to standard output': () => piped.info(MESSAGE, { ...FIELDS, [ONE_PER_CALL]: true }),
};

const times = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) {
  inContext(call, () => {
    for (const [name, once] of Object.entries(cases)) {
      const begun = process.hrtime.bigint();
      for (let line = 0; line < LINES; line++) once();
      times.get(name)?.push(Number(process.hrtime.bigint() - begun) / LINES);
    }
  });
  await piped.flush();
}

console.error(
  `node ${process.version}, ${cpus()[0]?.model}, ${sunk > 0 ? `${sample.length} characters a line` : ''}`,
);
for (const [name, rounds] of times) {
  const median = rounds.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] as number;
  console.error(`${String(Math.round(median)).padStart(7)} ns  ${name}`);
}
