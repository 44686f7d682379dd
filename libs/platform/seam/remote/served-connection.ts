import type { Duplex } from 'node:stream';
import type { Deadlines, Waiting } from '../deadlines.js';
import { Fault } from '../fault.js';
import { type GiveUpSignal, GivingUp } from '../giving-up.js';
import { errorToWire, type WireError } from '../wire-error.js';
import { readCall } from './call-frame.js';
import type { Complaints } from './complaints.js';
import { BrokenFrame, type Frame, frameBytes, KIND } from './frame.js';
import { FramedSocket } from './framed-socket.js';
import { HANDSHAKE_BYTES, PROTOCOL, readProof } from './handshake.js';
import type { ServerLimits } from './limits.js';
import type { RemoteAnswer, RemoteCall } from './remote-call.js';
import { newNonce, type SharedSecret } from './secret.js';

/** What the connections of one server share. */
export interface ServedHouse {
  readonly answer: (call: RemoteCall, signal: GiveUpSignal) => Promise<RemoteAnswer>;
  readonly secret: SharedSecret;
  readonly limits: ServerLimits;
  readonly deadlines: Deadlines;
  readonly complaints: Complaints;
  /** Calls that run, those whose caller gave up included: they still take memory and time. */
  inWork: number;
  /** Characters of their arguments. */
  inWorkChars: number;
  stopping: boolean;
  /** Told when a call ends. */
  ended(): void;
  /** Told when a connection is gone. */
  gone(connection: ServedConnection): void;
}

/** A call that runs. `open`: somebody still waits for its answer. */
interface Work extends Waiting {
  readonly operation: string;
  readonly chars: number;
  readonly gaveUp: GivingUp;
}

/** One client at the server: proves itself, then asks. */
export class ServedConnection {
  readonly #framed: FramedSocket;
  readonly #nonce = newNonce();
  readonly #work = new Map<number, Work>();
  #name: string | undefined;
  /** Longest answer that both sides bear. */
  #answerBytes: number;
  #handshake: NodeJS.Timeout | undefined;
  #unsent: NodeJS.Timeout | undefined;

  constructor(
    private readonly house: ServedHouse,
    socket: Duplex,
  ) {
    const { limits } = house;
    this.#answerBytes = limits.frameBytes;
    this.#framed = new FramedSocket(socket, {
      frameBytes: () => (this.#name === undefined ? HANDSHAKE_BYTES : limits.frameBytes),
      frameMs: limits.frameMs,
      onFrame: (frame) => this.#heard(frame),
      onClosed: (why) => this.#closed(why),
      onDrained: () => this.#drained(),
    });
    this.#handshake = setTimeout(
      () => this.#framed.destroy(`it did not prove itself within ${limits.handshakeMs} ms`),
      limits.handshakeMs,
    ).unref();
    this.#framed.send(KIND.hello, 0, JSON.stringify({ protocol: PROTOCOL, nonce: this.#nonce }));
  }

  /** Tells the client to send nothing more. */
  sayGoodbye(): void {
    if (this.#name === undefined) this.#framed.destroy('the server stops');
    else this.#framed.send(KIND.goodbye, 0);
  }

  /** Answers what is still in work with a fault, then closes. */
  finish(why: string): void {
    for (const [id, work] of this.#work) {
      if (!work.open) continue;
      work.open = false;
      this.#sendError(id, { no: 'fault', message: `${work.operation}: ${why}`, acted: 'maybe' });
      work.gaveUp.abort(new Fault(why));
    }
    this.#framed.end();
  }

  destroy(why: string): void {
    this.#framed.destroy(why);
  }

  #heard(frame: Frame): void {
    if (this.#name === undefined) this.#prove(frame);
    else if (frame.kind === KIND.call) this.#take(frame);
    else if (frame.kind === KIND.cancel) this.#cancel(frame.id);
    else throw new BrokenFrame(`a frame of kind ${frame.kind}, which no client sends`);
  }

  #prove({ kind, body }: Frame): void {
    if (kind !== KIND.proof)
      throw new BrokenFrame('something else before it proved that it knows the secret');
    const { name, nonce, proof, frameBytes: readable } = readProof(body);
    if (!this.house.secret.isProof(proof, 'client', this.#nonce, nonce)) {
      this.#framed.send(
        KIND.refused,
        0,
        'Your secret for calls between apps is not mine: give all apps the same one.',
      );
      this.house.complaints.about(
        'secret',
        'An app was refused: its secret for calls is not ours. Give all apps the same one.',
      );
      this.#framed.end();
      return;
    }
    clearTimeout(this.#handshake);
    this.#name = name;
    this.#answerBytes = Math.min(this.#answerBytes, readable);
    const { frameBytes: bytes, callsPerConnection } = this.house.limits;
    const welcome = {
      proof: this.house.secret.prove('server', this.#nonce, nonce),
      frameBytes: bytes,
      calls: callsPerConnection,
    };
    this.#framed.send(KIND.welcome, 0, JSON.stringify(welcome));
    if (this.house.stopping) this.sayGoodbye();
  }

  #take({ id, head, body }: Frame): void {
    const call = readCall(head, body);
    if (this.#work.has(id)) throw new BrokenFrame(`a second call under the number ${id}`);
    const objection = this.#objection(body.length);
    if (objection !== undefined) return void this.#say(KIND.notTaken, id, objection);
    const operation = `${call.token}.${call.method}`;
    const work: Work = {
      operation,
      chars: body.length,
      gaveUp: new GivingUp(),
      deadline: performance.now() + call.context.remainingMs,
      open: true,
      // Not answered: the caller's own clock says the same at the same moment, and better.
      expire: () => work.gaveUp.abort(new Fault(`${operation}: its caller's time is over.`)),
    };
    this.#work.set(id, work);
    this.house.inWork++;
    this.house.inWorkChars += body.length;
    this.house.deadlines.watch(work);
    this.#run(id, work, call);
  }

  #objection(chars: number): string | undefined {
    const { limits, inWork, inWorkChars, stopping } = this.house;
    if (stopping) return 'it is stopping: ask another instance.';
    if (this.#work.size >= limits.callsPerConnection) {
      return `it works on ${limits.callsPerConnection} calls of this caller already: ask again later, or start more instances.`;
    }
    if (inWork < limits.calls && inWorkChars + chars <= limits.callChars) return undefined;
    return `it works on ${inWork} calls already, with ${inWorkChars} characters of arguments: ask again later, or start more instances.`;
  }

  #run(id: number, work: Work, call: RemoteCall): void {
    const { answer } = this.house;
    // Only what `answer` throws at once is caught in the promise; the microtask more is the price of one path for both.
    new Promise<RemoteAnswer>((resolve) => resolve(answer(call, work.gaveUp))).then(
      (told) => this.#answered(id, work, told),
      (error: unknown) => this.#answered(id, work, { ok: false, error: wireErrorOf(error, work.operation) }),
    );
  }

  #answered(id: number, work: Work, told: RemoteAnswer): void {
    this.#work.delete(id);
    this.house.inWork--;
    this.house.inWorkChars -= work.chars;
    if (work.open) {
      work.open = false;
      if (told.ok) this.#sendAnswer(id, work.operation, told.value);
      else this.#sendError(id, told.error);
    }
    this.house.ended();
  }

  #sendAnswer(id: number, operation: string, value: string): void {
    const bytes = frameBytes('', value);
    const limit = this.#answerBytes;
    if (bytes <= limit) return void this.#say(KIND.answer, id, value);
    const message = `${operation} answered with ${bytes} bytes, and ${limit} are allowed. Answer with less: page it.`;
    this.#sendError(id, { no: 'bug', message });
  }

  #sendError(id: number, error: WireError): void {
    const body = JSON.stringify(error);
    const limit = this.#answerBytes;
    if (frameBytes('', body) <= limit) return void this.#say(KIND.error, id, body);
    const message = `${error.message.slice(0, 1_000)} … (the rest and the details are more than ${limit} bytes: say less)`;
    this.#say(KIND.error, id, JSON.stringify({ no: 'fault', message, acted: 'maybe' } satisfies WireError));
  }

  #say(kind: number, id: number, body: string): void {
    this.#framed.send(kind, id, body);
    const { unsentBytes, unsentMs } = this.house.limits;
    if (this.#unsent !== undefined || this.#framed.unsent <= unsentBytes) return;
    // Whoever doesn't read its answers may not ask more.
    this.#framed.pause();
    this.#unsent = setTimeout(() => {
      this.#framed.destroy(`it did not read its answers for ${unsentMs} ms`);
    }, unsentMs).unref();
  }

  #drained(): void {
    if (this.#unsent === undefined) return;
    clearTimeout(this.#unsent);
    this.#unsent = undefined;
    this.#framed.resume();
  }

  #cancel(id: number): void {
    const work = this.#work.get(id);
    // Not there: the answer and the cancellation met on the way.
    if (!work?.open) return;
    work.open = false;
    work.gaveUp.abort(new Fault(`${work.operation}: its caller waits no longer.`));
  }

  #closed(why: string | undefined): void {
    clearTimeout(this.#handshake);
    clearTimeout(this.#unsent);
    for (const work of this.#work.values()) {
      if (!work.open) continue;
      work.open = false;
      work.gaveUp.abort(new Fault(`${work.operation}: the connection of its caller was lost.`));
    }
    if (why !== undefined && !this.house.stopping) {
      const whose = this.#name === undefined ? 'of a stranger' : `of ${this.#name}`;
      this.house.complaints.about('connection', `A connection for calls ${whose} ended: ${why}.`);
    }
    this.house.gone(this);
  }
}

/** Details that can't travel are a bug of whoever made them. */
function wireErrorOf(error: unknown, operation: string): WireError {
  try {
    return errorToWire(error, operation);
  } catch (unfit) {
    return errorToWire(unfit, operation);
  }
}
