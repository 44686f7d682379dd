import { paired, type Spread, spread } from '../measure/figures.js';
import { BenchPostgres } from '../measure/postgres.js';
import { load, machine, versions } from '../measure/surroundings.js';
import { writeJson } from '../measure/write-json.js';
import { measureFindTrace } from './find-trace.js';
import { measureIngest } from './ingest.js';
import type { Options } from './options.js';
import { report } from './report.js';
import type { Aim, Result, VariantFigures } from './result.js';
import { type Piece, runRounds } from './rounds.js';
import { measureSpans, type SpanCost, WHOLE_HOP } from './span-cost.js';
import { VARIANTS, type VariantName } from './variants.js';

const PACKAGES = ['@nestjs/core', 'fastify', 'nestjs-pino', 'pino', '@opentelemetry/sdk-trace', 'pg'];
const SPAN_ROUNDS = 31;

/** What `npm run bench -- telemetry` does: progress on stderr, the report on stdout, the result as JSON where asked. */
export async function telemetry(options: Options): Promise<void> {
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const loadBefore = load();
  const postgres = await BenchPostgres.open(undefined, note);
  try {
    const database = await postgres.create('telemetry');
    const pieces = await runRounds(database, await postgres.processId(), options, note);
    note('Measuring spans in process');
    const spans = measureSpans(SPAN_ROUNDS);
    note('Measuring what the store takes in');
    const ingest = await measureIngest(await postgres.create('ingest'), options.rounds, options.rows);
    const ofCopy = paired(ingest.store, ingest.copy);
    note(`Looking for single traces among ${options.spans} spans`);
    const found = await measureFindTrace(await postgres.create('find'), options.spans, options.rounds, note);
    const findTrace = spread(found.seconds);
    const result: Result = {
      what: 'telemetry',
      at: new Date().toISOString(),
      machine: machine(loadBefore),
      others: spread([...pieces.values()].flat().map(({ others }) => others)),
      versions: { postgres: await postgres.version(), ...versions(PACKAGES) },
      settings: options,
      aims: aimsOf(pieces, spans, ofCopy, findTrace),
      variants: VARIANTS.map((name) => figuresOf(name, pieces)),
      spans,
      ingest: { copy: spread(ingest.copy), store: spread(ingest.store), ofCopy },
      findTrace,
    };
    process.stdout.write(`\n${report(result)}\n`);
    if (options.json) writeJson(options.json, result);
  } finally {
    await postgres.close();
  }
}

type Pieces = ReadonlyMap<VariantName, readonly Piece[]>;

function figuresOf(name: VariantName, pieces: Pieces): VariantFigures {
  const own = pieces.get(name) ?? [];
  const bare = (pieces.get('bare') ?? []).map(({ perSecond }) => perSecond);
  const of = (figure: (piece: Piece) => number) => spread(own.map(figure));
  return {
    name,
    perSecond: of((piece) => piece.perSecond),
    ofBare: paired(
      own.map(({ perSecond }) => perSecond),
      bare,
    ),
    p50: of((piece) => piece.p50),
    p99: of((piece) => piece.p99),
    cpuMicros: of((piece) => piece.cpuMicros),
    postgresMicros: of((piece) => piece.postgresMicros),
    refused: own.reduce((sum, { refused }) => sum + refused, 0),
  };
}

function aimsOf(pieces: Pieces, spans: readonly SpanCost[], ofCopy: Spread, findTrace: Spread): Aim[] {
  const rate = (name: VariantName) => (pieces.get(name) ?? []).map(({ perSecond }) => perSecond);
  const ofBare = paired(rate('ours'), rate('bare'));
  const ofOther = paired(rate('ours'), rate('pino and OpenTelemetry'));
  const hop = spans.find(({ what }) => what === WHOLE_HOP)?.ns.median ?? Number.NaN;
  const aim = (what: string, measured: number, met: boolean, digits = 2) => ({
    aim: what,
    measured: measured.toFixed(digits),
    met,
  });
  return [
    aim('ours at least 0.75 of bare, requests a second', ofBare.median, ofBare.median >= 0.75),
    aim('ours at least 1.4 of pino and OpenTelemetry', ofOther.median, ofOther.median >= 1.4),
    aim('a hop with its span at most 1,000 ns in process', hop, hop <= 1_000, 0),
    aim('the store takes in at least 0.8 of raw COPY with its indexes', ofCopy.median, ofCopy.median >= 0.8),
    aim('`banyan trace` under 1 s, its process included', findTrace.median, findTrace.median < 1),
  ];
}
