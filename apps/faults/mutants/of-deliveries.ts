import type { Mutant } from './mutant.js';

const INSIDE = 'libs/platform/events/deliver-inside.ts';
const COURIER = 'libs/platform/events/courier.ts';
const CLAIM = 'libs/platform/events/sql/claim.ts';
const SETTLE = 'libs/platform/events/sql/settle.ts';

const LOOP = `  const done: Done[] = [];
  const enough = performance.now() + GROUP_LASTS_MS;
  for (const row of rows) {
    if (look.leaving() || (done.length > 0 && performance.now() > enough)) break;
    try {
      await deliverOne(unit, listener, row, done);`;
const SETTLED = `  await settleDone(unit, listener.name, idsOf(done));
  return { outcome: 'worked', done, verdicts: [] };`;

/** Faults in how deliveries are taken, done and settled. */
export const ofDeliveries: readonly Mutant[] = [
  {
    number: 1,
    says: 'nobody asks whether a delivery is done already, and lanes are not locked',
    patches: [
      {
        file: CLAIM,
        find: "const LOCK_LANE = `select pg_try_advisory_xact_lock(hashtext('lane ' || $1::text), $2::int) as locked",
        put: 'const LOCK_LANE = `select ($1::text is not null and $2::int is not null) as locked',
      },
      {
        file: SETTLE,
        find: `event_id = any($2::bigint[]) and state = 'pending' and event_id between`,
        put: 'event_id = any($2::bigint[]) and event_id between',
      },
    ],
    caughtBy: ['O4 exactly once'],
  },
  {
    number: 2,
    says: 'a delivery is marked as done, and that is committed, before its listener is called',
    patches: [
      {
        file: INSIDE,
        find: LOOP,
        put: `  await settleDone(unit, listener.name, rows.map((row) => row.event_id));
  await unit.command('COMMIT');
  await unit.command(\`BEGIN; SET LOCAL ROLE "banyan_\${unit.module}"\`);
${LOOP}`,
      },
      { file: INSIDE, find: SETTLED, put: `  return { outcome: 'worked', done, verdicts: [] };` },
    ],
    caughtBy: ['O3 nothing lost', 'O9 done means done'],
  },
  {
    number: 3,
    says: 'a lane is read from the last id that was seen there',
    patches: [
      {
        file: CLAIM,
        find: 'unit.query<ClaimedRow>(CLAIM, [...where, limit, from]);',
        put: `unit.query(CLAIM, [...where, limit, String(LAST.get(where.join()) ?? from)]).then((seen) => {
        if (seen.length > 0) LAST.set(where.join(), BigInt(seen.at(-1).event_id) + 1n);
        return seen;
      });`,
      },
      { file: CLAIM, find: 'const CLAIM =', put: 'const LAST = new Map();\nconst CLAIM =' },
    ],
    caughtBy: ['O3 nothing lost', 'O12 at rest'],
    placing: 'apart',
  },
  {
    number: 6,
    says: 'a listener works on another connection than its delivery is settled on',
    patches: [
      {
        file: COURIER,
        find: 'const batch = await openToBury(work, mode, (unit) => deliver(unit, look));',
        put: `const other = (heard) => outsideUnits(() => work.open((unit) => listener.call(heard, unit)));
      const elsewhere = listener.style === 'inside' ? { ...look, listener: { ...listener, call: other } } : look;
      const batch = await openToBury(work, mode, (unit) => deliver(unit, elsewhere));`,
      },
    ],
    caughtBy: ['O4 exactly once'],
  },
  {
    number: 8,
    says: 'deliveries of a batch change places',
    patches: [
      { file: INSIDE, find: LOOP, put: LOOP.replace('of rows)', 'of [...rows].reverse())') },
      { file: INSIDE, find: SETTLED, put: SETTLED.replace('idsOf(done)', 'idsOf(done).reverse()') },
    ],
    caughtBy: ['O6 in order'],
  },
  {
    number: 9,
    says: 'what a listener throws is swallowed',
    patches: [
      {
        file: INSIDE,
        find: 'const call = () => listener.call(mapped(listener, heard), unit);',
        put: 'const call = () => Promise.resolve(listener.call(mapped(listener, heard), unit)).catch(() => undefined);',
      },
    ],
    caughtBy: ['O10 none missing'],
  },
  {
    number: 15,
    says: 'the trace is dropped where an event becomes a delivery',
    patches: [
      {
        file: 'libs/platform/events/heard.ts',
        find: 'const context = contextBelow(trace, {',
        put: 'const context = contextBelow(trace && undefined, {',
      },
    ],
    caughtBy: ['O13 event to effect'],
  },
  {
    number: 16,
    says: 'what was skipped once of a key is skipped of it ever after',
    patches: [
      {
        file: INSIDE,
        find: 'const reason = listener.options.skip?.(heard);',
        put: `const reason = listener.options.skip && (listener.options.skip(heard) ?? SKIPPED.get(row.key));
    if (reason !== undefined) SKIPPED.set(row.key, reason);`,
      },
      { file: INSIDE, find: 'const GROUP = 5;', put: 'const GROUP = 5;\nconst SKIPPED = new Map();' },
    ],
    caughtBy: ['O3 rightly skipped'],
  },
];
