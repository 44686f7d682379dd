import 'reflect-metadata';
import type { Unit } from '../work/unit.js';
import type { AnyEventType, EventOf, EventType } from './event.js';

/** One event as a listener gets it: the payload and where it comes from. */
export interface Heard<P> {
  /** Id of the event: a decimal string, unique in the database. */
  readonly id: string;
  readonly type: string;
  /** The version that it was published in; the payload is in the one that this code declares. */
  readonly version: number;
  readonly payload: P;
  /** The ordering key that the publisher gave it. */
  readonly key?: string;
  readonly occurredAt: Date;
  /** The trace that the event was published under. */
  readonly traceparent: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** Aborted when the delivery is given up, at its deadline, or has failed: hand it to whatever can be cancelled. */
  readonly signal: AbortSignal;
}

/** One event as a listener gets it that calls the outside world. */
export interface HeardOutside<P> extends Heard<P> {
  /**
   * Idempotency key for the call, a UUID: the same in every attempt and replay of this delivery, and another for every other. A listener
   * that calls several parties, or one of them several times, adds to it.
   */
  readonly effectKey: string;
}

/**
 * Whether what was heard is an event of `type`: for listeners that hear several.
 *
 * @returns true, and then the payload is known to be that event's
 */
export function isOf<P>(heard: Heard<unknown>, type: EventType<P>): heard is Heard<P> {
  return heard.type === type.type;
}

/** How fast a listener goes, and how much it takes at once. */
export interface Pace {
  /**
   * Deliveries that begin per second, over all lanes and processes; what is skipped does not count. After a rest, a second's worth may begin
   * at once. Default: as many as can be.
   */
  readonly perSecond?: number;
  /** Transactions (of a listener that calls out: rounds of calls) at once, in all processes together. Default 4; at most 64. */
  readonly lanes?: number;
  /** Deliveries that share a unit of work under backlog; of a listener that calls out, calls at once. Default 100, or 8. */
  readonly batch?: number;
}

/**
 * How a method listens.
 *
 * @typeParam M what the method is handed as payload: that of the event, unless `map` makes another of it
 */
export interface ListenOptions<E extends AnyEventType, M = EventOf<E>> {
  /** `<module>.<what>`: explicit and stable; it survives renames of classes and moves between apps. */
  readonly name: string;
  /**
   * The name that it had before: it takes over what waits under that one, and hears nothing again that was heard under it. May be
   * dropped once no process with the old name runs.
   */
  readonly was?: string;
  /**
   * Since when it hears, when it is new, or hears a type for the first time: `now`, or also what was published before, from the `beginning`
   * or a moment on, as far as it is kept. Default now.
   */
  readonly from?: 'now' | 'beginning' | Date;
  /** The event, or the events, that it hears. */
  readonly to: E | readonly E[];
  /** One event of a key after the other, in the order of their commits; a failing one holds up its key. Default false. */
  readonly ordered?: boolean;
  /** Never more than one delivery of this listener at a time in the whole system. Default false. */
  readonly serial?: boolean;
  /** How often a fault is tried before the delivery is dead. Default 8, at most 1,000. Refusals and bugs are dead at once. */
  readonly attempts?: number;
  /** The pauses between the attempts at a fault, in milliseconds. Default: from 200 to 60,000, each three times the one before; at most a day. */
  readonly backOff?: { readonly firstMs?: number; readonly longestMs?: number };
  /**
   * How long the method may take, in milliseconds; of a batch, for all of it. Then it is given up: its transaction is rolled back, `signal` is
   * aborted, the attempt is a fault, and what it still does has no effect. Default 10,000, at most 600,000; one statement in it may take 15,000.
   */
  readonly deadlineMs?: number;
  /** What becomes of a delivery that was refused: `dead`, or `skipped` with the refusal as the reason, for a "no" that nobody has to look at. Default `dead`. */
  readonly refused?: 'dead' | 'skipped';
  /** After how many crashes a delivery is dead that was in work when its process died. Default 2, at most 100. */
  readonly crashes?: number;
  readonly pace?: Pace;
  /** Asked before the work: a reason not to do it, which is recorded; undefined to go on. */
  readonly skip?: (heard: Heard<EventOf<E>>) => string | undefined;
  /** Makes of an event's payload what the method takes; asked after `skip`. What it throws is the delivery's failure. */
  readonly map?: (payload: EventOf<E>) => M;
  /**
   * Runs in the unit of work that buries the delivery: what the rest of the system should hear of it. One that fails, or loses that unit
   * three times in a row (its connection, or a commit that is refused), does not keep the delivery alive: it is dead without what this did.
   */
  readonly whenDead?: (heard: Heard<EventOf<E>>, unit: Unit, error: Error) => void | Promise<void>;
}

/** Options of any listener: what it is handed stands on both sides of its functions, as payloads do. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type AnyListenOptions = ListenOptions<AnyEventType, any>;

/**
 * What a marked method is: `inside` takes one event in the unit of work, `together` all of a batch; `outside` runs before it and
 * returns what to do inside.
 */
export interface ListenMark {
  readonly method: string;
  readonly style: 'inside' | 'together' | 'outside';
  readonly options: AnyListenOptions;
}

const MARKS = Symbol('banyan.listens');

/**
 * Marks a method as a listener: `(heard, unit) => Promise<void>`. It runs in a unit of work of its module, together with
 * the state of the delivery: its writes, the events it publishes and "done" commit together, or nothing does. Deliveries
 * may share a unit; when one fails, the others are done again without it.
 */
export function Listens<E extends AnyEventType, M = EventOf<E>>(options: ListenOptions<E, M>) {
  return <F extends (heard: Heard<M>, unit: Unit) => Promise<void>>(
    target: object,
    method: string,
    _: TypedPropertyDescriptor<F>, // of F: descriptors are invariant, and a method need not take what it does not use
  ): void => mark(target, { method, style: 'inside', options });
}

/** One event of a batch that its handler has left without effect, and why: it alone is tried again, or dead. */
export interface NotDone {
  readonly heard: Heard<unknown>;
  readonly error: unknown;
}

/**
 * Marks a method that takes all events of a batch at once: `(heard, unit) => Promise<void>`, so that a thousand effects can be one
 * statement. They stand in the order of their ids. The effects of all and "done" of each commit together; when the method throws, the
 * batch is divided until the failing delivery is alone, and its neighbours are done. So it may run several times, each time
 * with nothing left of the time before. A method that knows which have failed leaves them out and returns them as {@link NotDone}: then
 * the others need not be done again. What it publishes for one of them: see {@link because}.
 */
export function ListensInBatches<E extends AnyEventType, M = EventOf<E>>(options: ListenOptions<E, M>) {
  return <F extends (heard: readonly Heard<M>[], unit: Unit) => Promise<void> | Promise<readonly NotDone[]>>(
    target: object,
    method: string,
    _: TypedPropertyDescriptor<F>,
  ): void => mark(target, { method, style: 'together', options });
}

/**
 * Marks a listener that calls the outside world: `(heard) => Promise<(unit) => Promise<void>>`. The method runs without a
 * transaction and may run more than once for one event, so its call carries an idempotency key (`heard.effectKey`, or one of its own);
 * the function that it returns records the result in a unit of work, together with "done". Until then the outcome counts as unknown; a
 * failing method that knows that its call had no effect says so: by a refusal, or a Fault with `acted: 'no'`.
 */
export function ListensOutside<E extends AnyEventType, M = EventOf<E>>(
  options: Omit<ListenOptions<E, M>, 'ordered' | 'serial'>,
) {
  return <F extends (heard: HeardOutside<M>) => Promise<(unit: Unit) => Promise<void>>>(
    target: object,
    method: string,
    _: TypedPropertyDescriptor<F>,
  ): void => mark(target, { method, style: 'outside', options });
}

function mark(target: object, entry: ListenMark): void {
  const marks: ListenMark[] = Reflect.getOwnMetadata(MARKS, target) ?? [];
  Reflect.defineMetadata(MARKS, [...marks, entry], target);
}

/** The listeners that a class declares. */
export function listenMarks(target: object): readonly ListenMark[] {
  return Reflect.getOwnMetadata(MARKS, target) ?? [];
}
