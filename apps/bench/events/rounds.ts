import type { Arena, Piece } from './arena.js';
import type { Options } from './options.js';
import type { Deed } from './systems/engine.js';
import type { Task } from './systems/task.js';
import { VARIANTS, type Variant, type VariantName, variant } from './variants.js';

/** What a piece measures. `part` names the question, `at` the case in it. */
export interface Measured {
  readonly round: number;
  readonly part: Part;
  readonly at: string;
  readonly variant: VariantName;
  readonly piece: Piece;
}

export type Part = 'drain' | 'through' | 'backlog' | 'failing' | 'business' | 'latency';

/** Those whose figures are wanted as the backlog grows; the others would take an hour. */
const GROWING: readonly VariantName[] = [
  'BullMQ',
  'ours',
  'ours, in batches',
  'ours on Postgres, in batches',
];
const FAILING: readonly VariantName[] = [
  'BullMQ, one effect',
  'naive outbox',
  'ours',
  'ours, in batches',
  'ours on Postgres, in batches',
];
/** Those that are asked how soon, and what publishing costs; by hand there is nothing to gather from single transactions. */
const SOON: readonly VariantName[] = [
  'BullMQ',
  'naive outbox',
  'pg-boss',
  'graphile-worker',
  'BullMQ on Postgres',
  'ours',
  'ours, in batches',
  'ours on Postgres',
];

/** Those whose price is asked in an order as well. */
const ORDERING: readonly VariantName[] = ['BullMQ', 'naive outbox', 'ours'];

/** Deliveries in a hundred that fail. */
const FAILURES = [0, 1, 10] as const;

/** A wait for the last retry must be a small part of a piece in which deliveries fail: twice the usual. */
const FAILING_SHARE = 2;

type Pieces = readonly Measured[];
type Told = { readonly what: Task['what'] } & Record<string, unknown>;

/**
 * Runs all rounds: in each, every question is put to every variant in turn, beginning with another one each time, so that what else the
 * machine does falls on all of them. The round before the first warms up, with a tenth of the work, and is thrown away.
 */
export async function runRounds(
  arena: Arena,
  options: Options,
  note: (line: string) => void,
): Promise<Pieces> {
  const measured: Measured[] = [];
  for (let round = options.warmUp ? 0 : 1; round <= options.rounds; round++) {
    const course = new Course(arena, round === 0 ? warmUp(options) : options, round, note, measured);
    await course.throughput(1);
    await course.throughput(3);
    await course.backlogs();
    await course.failures();
    await course.latencies();
  }
  return measured.filter(({ round }) => round > 0);
}

function warmUp(options: Options): Options {
  const deliveries = Math.ceil(options.deliveries / 10);
  return { ...options, deliveries, seconds: options.seconds / 6, backlogs: options.backlogs.slice(0, 1) };
}

/** One round. */
class Course {
  constructor(
    private readonly arena: Arena,
    private readonly options: Options,
    private readonly round: number,
    private readonly note: (line: string) => void,
    private readonly measured: Measured[],
  ) {}

  /** A backlog that waits already, and publishing and handling at once. */
  async throughput(listeners: 1 | 3): Promise<void> {
    const at = listeners === 1 ? '1 listener' : '3 listeners';
    for (const each of this.inTurn(VARIANTS)) {
      const events = this.events(each, listeners);
      const setup = { ...plain(each), listeners };
      await this.drained(each, 'drain', at, setup, events);
      await this.clear(each);
      this.keep('through', at, each, await this.tell(each, { what: 'through', setup, events }));
    }
  }

  async backlogs(): Promise<void> {
    for (const events of this.options.backlogs) {
      for (const each of this.inTurn(GROWING.map(variant))) {
        await this.drained(each, 'backlog', `${events} events`, plain(each), events);
      }
    }
  }

  async failures(): Promise<void> {
    for (const each of this.inTurn(FAILING.map(variant))) {
      for (const failing of FAILURES) {
        const events = this.events(each, 1) * FAILING_SHARE;
        await this.drained(each, 'failing', `${failing} %`, { ...plain(each), failing }, events);
      }
    }
  }

  /** The price in the business transaction; then, from what it can do, how soon an event is handled. */
  async latencies(): Promise<void> {
    const { seconds } = this.options;
    for (const each of this.inTurn(SOON.map(variant))) {
      const setup = plain(each);
      const flatOut = await this.prices(each);
      const half = flatOut.count / flatOut.seconds / 2;
      for (const [at, perSecond] of [
        ['100/s', 100],
        ['half load', half],
      ] as const) {
        await this.clear(each);
        this.keep('latency', at, each, await this.tell(each, { what: 'pace', setup, perSecond, seconds }));
      }
    }
  }

  /** @returns publishing and handling flat out */
  private async prices(each: Named): Promise<Piece> {
    const { seconds } = this.options;
    const business = async (at: string, deed: Deed, publish: boolean, handle: boolean) => {
      const setup = { ...plain(each), deed };
      const task = { what: 'business', setup, publish, handle } as const;
      await this.clear(each);
      // Emptied tables have made every connection forget its plans; nobody's figure is to pay for that.
      if (!handle) await this.tell(each, { ...task, seconds: seconds / 10 });
      const piece = await this.tell(each, { ...task, seconds });
      this.keep('business', at, each, piece);
      return piece;
    };
    if (ORDERING.includes(each.name)) {
      await business('an order, without', 'order', false, false);
      await business('an order, publishing', 'order', true, false);
    }
    await business('without', 'row', false, false);
    await business('publishing', 'row', true, false);
    return business('publishing and handling', 'row', true, true);
  }

  private async drained(
    each: Named,
    part: Part,
    at: string,
    setup: Task['setup'],
    events: number,
  ): Promise<void> {
    await this.clear(each);
    await this.tell(each, { what: 'fill', setup, events });
    await this.settle();
    this.keep(part, at, each, await this.tell(each, { what: 'drain', setup, events }));
  }

  private tell(each: Named, task: Told): Promise<Piece> {
    return this.arena.measure(each.system, task as unknown as Task);
  }

  private async clear(each: Named): Promise<void> {
    await this.tell(each, { what: 'clear', setup: plain(each) });
    await this.settle();
  }

  private async settle(): Promise<void> {
    if (this.options.settles) await this.arena.settle();
  }

  private events({ share }: Variant, listeners: number): number {
    return Math.max(100, Math.round((this.options.deliveries * share) / listeners / 100) * 100);
  }

  private inTurn<T>(variants: readonly T[]): T[] {
    const first = this.round % variants.length;
    return [...variants.slice(first), ...variants.slice(0, first)];
  }

  private keep(part: Part, at: string, { name }: Named, piece: Piece): void {
    this.measured.push({ round: this.round, part, at, variant: name, piece });
    const what = this.round === 0 ? 'warm-up' : `round ${this.round}`;
    const figure =
      piece.p50 === undefined
        ? `${Math.round(piece.count / piece.seconds)}/s`
        : `p50 ${piece.p50.toFixed(1)} p99 ${piece.p99?.toFixed(1)} ms`;
    const counted = piece.checked ? `${piece.effects} effects of ${piece.count}` : '';
    this.note(`${what}  ${part} ${at}`.padEnd(44) + name.padEnd(30) + figure.padEnd(24) + counted);
  }
}

type Named = Variant & { readonly name: VariantName };

function plain({ way }: Variant): Task['setup'] {
  return { way, listeners: 1, failing: 0, deed: 'row' };
}
