import { type CallContext, callContext, freshContext, hop, inContext } from '../telemetry/call-context.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import { currentUnit } from '../work/ambient.js';
import { Bug } from './bug.js';
import { callElsewhere } from './calling-elsewhere.js';
import type { CountedEdge, SeamCounts } from './counts.js';
import type { Deadlines, Waiting } from './deadlines.js';
import type { Exported } from './exported.js';
import { Fault } from './fault.js';
import { GivingUp } from './giving-up.js';
import type { Method } from './handed-out.js';
import { delivering, outward } from './inner-faults.js';
import { isThenable, overTheWire, withoutPromise } from './over-the-wire.js';
import type { Placement } from './placement.js';
import { Refusal } from './refusal.js';
import { borrowedTransaction } from './shared-transaction.js';

/** A call across modules that is over; the context of whoever is told names module, operation and trace. */
export interface ToldCall {
  readonly caller: string;
  readonly ms: number;
  readonly error?: unknown;
}

/** What the calls of one seam share. */
export interface Crossings {
  readonly asIfRemote: boolean;
  /** How long a call may take, in ms, unless its caller has less time left. */
  readonly callTimeoutMs: number;
  readonly counts: SeamCounts;
  readonly deadlines: Deadlines;
  /** Told of each call answered by this process, in the context that it ran in: for the log. */
  readonly told?: (call: ToldCall) => void;
  /** Told about failures that came after their deadline, which no caller hears of any more. */
  readonly late: (operation: string, error: unknown) => void;
  /** Where calls that come from no context leave their spans; all others leave them where their caller does. */
  readonly spans?: SpanBuffer;
  /** Who answers where; without it everything is answered here. */
  readonly placement?: Placement;
}

/** Calls above this one before we say that they never end. */
const MAX_DEPTH = 16;
/** How often an operation may stand above itself: recursion across modules ends soon or never. */
const MAX_RETURNS = 3;

/**
 * The function that stands for a method of an exported provider. A module's own calls (the context names it) reach the
 * method untouched; every other call crosses the seam, to this process or to the one that answers for the module now.
 */
export function crossing(
  seam: Crossings,
  exported: Exported,
  real: object,
  name: string,
  method: Method,
): Method {
  const { module, token } = exported;
  const { placement } = seam;
  const operation = `${token}.${name}`;
  const edgeFrom = edges(seam.counts, module, operation);
  const invoke = seam.asIfRemote
    ? (args: unknown[]) => overTheWire(operation, args, (sent) => method.apply(real, sent))
    : (args: unknown[]) => method.apply(real, args);
  let answersAtOnce = false;

  return (...args) => {
    const above = callContext();
    const caller = above?.module;
    if (caller === module) return method.apply(real, args);
    const call = { seam, module, operation, edge: edgeFrom(caller), above, started: performance.now() };
    if (placement !== undefined && !placement.answersHere(module)) {
      if (answersAtOnce) throw withoutPromise(operation);
      return crossOver(call, placement, token, name, args);
    }
    if (!seam.asIfRemote && borrowedTransaction(args)) call.edge.transactions++;
    const answer = cross(call, () => invoke(args));
    answersAtOnce ||= !isThenable(answer);
    return answer;
  };
}

/** The function that stands for a method of a provider which another process has. */
export function crossingElsewhere(
  seam: Crossings,
  placement: Placement,
  { module, token }: Exported,
  name: string,
): Method {
  const operation = `${token}.${name}`;
  const edgeFrom = edges(seam.counts, module, operation);
  return (...args) => {
    const above = callContext();
    const edge = edgeFrom(above?.module);
    const call = { seam, module, operation, edge, above, started: performance.now() };
    return crossOver(call, placement, token, name, args);
  };
}

/** The counters of one operation, by caller. Nearly every method has one caller or two: the last edge is kept beside the map. */
function edges(counts: SeamCounts, module: string, operation: string): (caller?: string) => CountedEdge {
  let edge: CountedEdge | undefined;
  let edgeOf: string | undefined;
  return (caller) => {
    if (edge === undefined || edgeOf !== caller) {
      edge = counts.edge(caller, module, operation);
      edgeOf = caller;
    }
    return edge;
  };
}

interface Call {
  readonly seam: Crossings;
  readonly module: string;
  readonly operation: string;
  readonly edge: CountedEdge;
  readonly above: CallContext | undefined;
  readonly started: number;
  /** What it runs in, once it is made: the callee's context, or where another process answers, the asking hop's. */
  context?: CallContext;
}

/** Makes a call in this process. */
function cross(call: Call, invoke: () => unknown): unknown {
  const { module, operation, edge } = call;
  const begun = begin(call);
  if (begun instanceof Error) return Promise.reject(begun);
  const { deadline, chain } = begun;
  const context = below(call, { module, operation, deadline, chain });
  call.context = context;
  let answer: unknown;
  edge.underWay++;
  try {
    answer = inContext(context, invoke);
  } catch (thrown) {
    edge.underWay--;
    const error = delivering(outward(thrown));
    settled(call, error);
    throw error;
  }
  if (isThenable(answer)) {
    if (call.seam.told) tellWhenDone(call.seam.told, edge.caller, call.started, context, answer);
    return awaited(call, deadline, answer);
  }
  edge.underWay--;
  edge.synchronous++;
  settled(call);
  return answer;
}

/** Tells of a call once it is over, in the context that it ran in: the lines that are written of it are the callee's. */
export function tellWhenDone(
  told: (call: ToldCall) => void,
  caller: string,
  started: number,
  context: CallContext,
  answer: PromiseLike<unknown>,
): void {
  const tell = (error?: unknown) =>
    inContext(context, () => told({ caller, ms: performance.now() - started, error }));
  answer.then(
    () => tell(),
    (error: unknown) => tell(error),
  );
}

/** Makes a call that another process answers. */
function crossOver(
  call: Call,
  placement: Placement,
  token: string,
  method: string,
  args: unknown[],
): Promise<unknown> {
  const begun = begin(call);
  if (begun instanceof Error) return Promise.reject(begun);
  const { module, edge, started } = call;
  const { deadline, chain } = begun;
  edge.remote++;
  const gaveUp = new GivingUp();
  const { caller } = edge;
  const remainingMs = deadline - started;
  const parent = below(call, { operation: call.operation });
  call.context = parent;
  const outgoing = { module, token, method, args, parent, caller, chain, remainingMs, gaveUp };
  return awaited(call, deadline, callElsewhere(placement, outgoing), gaveUp);
}

interface Begun {
  readonly deadline: number;
  readonly chain: readonly string[];
}

/** Counts a call in, and says what it runs under, or why it must not be made. */
function begin(call: Call): Begun | Error {
  const { seam, edge, above, started } = call;
  edge.calls++;
  const objection = objectionTo(call);
  if (objection !== undefined) {
    settled(call, objection);
    return delivering(objection);
  }
  const deadline = Math.min(above?.deadline ?? Number.POSITIVE_INFINITY, started + seam.callTimeoutMs);
  const chain = above?.operation === undefined ? (above?.chain ?? []) : [...above.chain, above.operation];
  return { deadline, chain };
}

/** A hop below the caller; where it has no context, the first of a trace. */
function below({ above, seam }: Call, parts: Partial<Omit<CallContext, 'trace'>>): CallContext {
  return above ? hop(above, parts) : freshContext({ ...parts, spans: seam.spans });
}

/** Why a call must not be made at all, if so. */
function objectionTo({ operation, edge, above, started, module }: Call): Error | undefined {
  const unit = currentUnit();
  if (unit !== undefined) {
    return new Bug(
      `${operation} of ${module} was called inside an open unit of work of ${unit.module}, which can't reach another ` +
        `module. Call it before the unit opens, or publish an event in the unit.`,
    );
  }
  if (above === undefined) return undefined;
  if (above.deadline !== undefined && above.deadline <= started) {
    const ago = Math.round(started - above.deadline);
    return new Fault(
      `${operation} (${edge.caller} -> ${module}) was not called: the time for ${above.operation ?? 'its caller'} was ` +
        `over ${ago} ms before. Give the whole request more time, or do less in it.`,
      { acted: 'no' },
    );
  }
  return circular(operation, edge, above);
}

function circular(operation: string, edge: CountedEdge, above: CallContext): Bug | undefined {
  let returns = above.operation === operation ? 1 : 0;
  for (const earlier of above.chain) if (earlier === operation) returns++;
  if (returns > 0) edge.circular++;
  if (returns < MAX_RETURNS && above.chain.length < MAX_DEPTH) return undefined;
  const tree = [...above.chain, above.operation, operation].join(' -> ');
  return new Bug(
    `Circular or bottomless calls across modules: ${tree}. Let one module ask and the others answer, or publish an event.`,
  );
}

/**
 * The promise that the caller gets: the answer, or a fault once the deadline has passed.
 *
 * @param gaveUp aborted when the deadline passes, for calls that can be cancelled
 */
function awaited(
  call: Call,
  deadline: number,
  answer: PromiseLike<unknown>,
  gaveUp?: GivingUp,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const waiting: Waiting = {
      deadline,
      open: true,
      expire: () => {
        const fault = tooLate(call, deadline);
        settled(call, fault);
        reject(fault);
        gaveUp?.abort(fault);
      },
    };
    answer.then(
      (value) => {
        if (!gaveUp) call.edge.underWay--;
        if (!waiting.open) return void call.edge.late++;
        waiting.open = false;
        settled(call);
        resolve(value);
      },
      (error: unknown) => {
        if (!gaveUp) call.edge.underWay--;
        if (!waiting.open) {
          if (gaveUp) return; // the echo of having given up
          call.edge.late++;
          return call.seam.late(call.operation, error);
        }
        waiting.open = false;
        // What comes from another process was put right over there.
        const told = delivering(gaveUp ? error : outward(error));
        settled(call, told);
        reject(told);
      },
    );
    call.seam.deadlines.watch(waiting);
  });
}

function tooLate({ operation, edge, started, above }: Call, deadline: number): Fault {
  const whose = above?.deadline === deadline ? 'left of the time of its caller' : 'that a call may take';
  return new Fault(
    `${operation} (${edge.caller} -> ${edge.callee}) did not answer within the ${Math.round(deadline - started)} ms ` +
      `${whose}; it may still act. Make it faster, give it more time, or let an event carry the work.`,
    { acted: 'maybe' },
  );
}

function settled({ edge, started, module, context }: Call, error?: unknown): void {
  const ended = performance.now();
  const took = ended - started;
  // A call that another process answers runs in the caller's own module.
  if (context?.spans) {
    const kind = context.module === module ? 'call' : 'ask';
    context.spans.hop(context, kind, started, error, edge.spanDetails, undefined, ended);
  }
  edge.totalMs += took;
  if (took > edge.maxMs) edge.maxMs = took;
  if (error === undefined) return;
  if (error instanceof Refusal || isClientError(error)) edge.refusals++;
  else if (error instanceof Bug) edge.bugs++;
  else edge.faults++;
}

/** An `HttpException` below 500, thrown by stock Nest code: a business "no" in its way of saying it. */
function isClientError(error: unknown): boolean {
  const status = (error as { getStatus?: () => unknown } | null)?.getStatus;
  return typeof status === 'function' && Number(status.call(error)) < 500;
}
