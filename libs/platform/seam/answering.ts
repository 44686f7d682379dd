import { type CallContext, contextBelow, inContext, parseTraceparent } from '../telemetry/call-context.js';
import type { SpanBuffer } from '../telemetry/spans/span-buffer.js';
import { Bug } from './bug.js';
import { cancelledBy } from './cancelled.js';
import { type ToldCall, tellWhenDone } from './crossing.js';
import type { Exported } from './exported.js';
import { Fault } from './fault.js';
import type { GiveUpSignal } from './giving-up.js';
import { contractMethods, isContractMethod, type Method } from './handed-out.js';
import { outward } from './inner-faults.js';
import type { ModuleMap } from './module-map.js';
import {
  answerToWire,
  argumentsFromWire,
  failureToWire,
  isThenable,
  withoutPromise,
} from './over-the-wire.js';
import type { RemoteAnswer, RemoteCall } from './remote/remote-call.js';

/** The far side of the seam: executes what other processes call of the modules that live here. */
export class Answering {
  readonly #instances = new Map<Exported, object>();
  readonly #data = new Set<Exported>();

  /**
   * @param told told of each call, in the context that it ran in
   * @param spans where its calls leave their spans
   */
  constructor(
    private readonly map: ModuleMap,
    private readonly told?: (call: ToldCall) => void,
    private readonly spans?: SpanBuffer,
  ) {}

  /** Remembers the real provider behind an export; the last one stands, as in Nest. */
  remember(exported: Exported, instance: object): void {
    this.#instances.set(exported, instance);
  }

  /** Remembers an export without methods: data, which nobody can ask. */
  rememberData(exported: Exported): void {
    this.#data.add(exported);
  }

  /**
   * Makes a call for another process, in a context as the callee would have together with its caller.
   *
   * @param signal aborted once the caller has given up: calls that the method makes to other processes are given up too
   * @returns the result or the error; what is not found here is a Fault that says that nothing was done
   */
  async answer(call: RemoteCall, signal: GiveUpSignal): Promise<RemoteAnswer> {
    const operation = `${call.token}.${call.method}`;
    let begun = false;
    try {
      const method = this.#methodFor(call, operation);
      const args = argumentsFromWire(call.args);
      if (signal.aborted) throw new Fault(`${operation} was given up before it began.`, { acted: 'no' });
      const context = contextOf(call, operation, this.spans);
      begun = true;
      const started = performance.now();
      const answer = inContext(context, () => cancelledBy(signal, () => method(...args)));
      if (!isThenable(answer)) throw withoutPromise(operation);
      const caller = call.context.caller;
      const { told } = this;
      if (told) tellWhenDone(told, caller, started, context, answer);
      leaveSpanWhenDone(context, call, started, answer);
      return await answerToWire(operation, answer);
    } catch (error) {
      return failureToWire(operation, begun ? outward(error) : error);
    }
  }

  /** What others may call of each module that lives here: `<token>.<method>`, sorted. */
  operations(): Record<string, readonly string[]> {
    const all: Record<string, string[]> = {};
    for (const { exported } of this.map.offers) {
      const instance = this.#instances.get(this.map.recognised(exported.module, exported.token) ?? exported);
      if (instance === undefined || exported.way === 'local') continue;
      const operations = contractMethods(instance).map((method) => `${exported.token}.${method}`);
      all[exported.module] = [...(all[exported.module] ?? []), ...operations];
    }
    for (const operations of Object.values(all)) operations.sort();
    return all;
  }

  #methodFor({ module, token, method }: RemoteCall, operation: string): Method {
    const exported = this.map.recognised(module, token);
    const instance = exported && this.#instances.get(exported);
    if (exported && this.#data.has(exported)) {
      throw new Bug(
        `${token} of ${module} is data, which can't be asked from another process. Put it behind an ` +
          'async method, or declare it with useValue: then every process has it.',
      );
    }
    if (instance === undefined) {
      throw notHere(`${token} of module "${module}" is not offered by this process`);
    }
    const found: unknown = Reflect.get(instance, method);
    if (isContractMethod(method, found)) return (found as Method).bind(instance);
    if (found !== undefined && typeof found !== 'function') {
      throw new Bug(
        `${operation} of ${module} is a property, which can't travel. Offer an async method instead of it.`,
      );
    }
    throw notHere(`${operation} of module "${module}" is not known to this process`);
  }
}

function leaveSpanWhenDone(
  context: CallContext,
  { module, context: { caller } }: RemoteCall,
  started: number,
  answer: PromiseLike<unknown>,
): void {
  const { spans } = context;
  if (!spans) return;
  const details = { caller, more: { callee: module, remote: true } };
  const leave = (error?: unknown) => spans.hop(context, 'call', started, error, details);
  answer.then(
    () => leave(),
    (error: unknown) => leave(error),
  );
}

function notHere(what: string): Fault {
  return new Fault(
    `${what}: caller and callee are of different versions, or the route to it is wrong. Nothing was done; ` +
      'compare both with npx banyan instances.',
    { acted: 'no' },
  );
}

/** The context of the callee: what it would be if the caller were in this process. */
function contextOf({ module, context }: RemoteCall, operation: string, spans: SpanBuffer | undefined) {
  const { traceparent, chain, remainingMs, tenant, conversation, causation, hops } = context;
  if (!(remainingMs > 0)) {
    throw new Fault(
      `${operation} was not called: no time was left when it arrived. Give the whole request more.`,
      {
        acted: 'no',
      },
    );
  }
  return contextBelow(parseTraceparent(traceparent), {
    ...{ module, operation, chain, tenant, conversation, causation, hops, spans },
    deadline: performance.now() + remainingMs,
  });
}
