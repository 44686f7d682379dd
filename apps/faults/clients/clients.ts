import { setTimeout as pause } from 'node:timers/promises';
import { crowding } from '../stack/crowding.js';
import { History, type Outcome } from './history.js';
import { type Operation, operation } from './operations.js';

/** How the clients behave. */
export interface ClientOptions {
  readonly seed: string;
  readonly clients: number;
  /** Pause of a client between two operations, in milliseconds. */
  readonly paceMs: number;
  /** Whether some commits are made to take their time, so that later ones overtake them. */
  readonly dawdle?: boolean;
  /** The addresses of the apps that answer for `bank` and `shop`. */
  readonly urls: (app: Operation['app']) => readonly string[];
  readonly history: string;
}

/** How long a client waits for an answer, and how often it asks again when it does not know. */
const PATIENCE_MS = 8_000;
const ASKS = 4;

/** Clients outside of the system: each does one operation after the other, and repeats under the same id what it is unsure of. */
export class Clients {
  private readonly history: History;
  private running: Promise<unknown> = Promise.resolve();
  private stopping = false;
  private asked = 0;
  /** Milliseconds that each answered request took, with the moment it was answered at. */
  readonly answered: { readonly at: number; readonly ms: number; readonly type: Outcome }[] = [];

  constructor(private readonly options: ClientOptions) {
    this.history = new History(options.history);
  }

  get counts(): History['counts'] {
    return this.history.counts;
  }

  start(): void {
    this.stopping = false;
    const { clients } = this.options;
    this.running = Promise.all(Array.from({ length: clients }, (_, client) => this.live(client)));
  }

  /** Lets each finish what it is at. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  /**
   * Waits until so many more operations have been answered well.
   *
   * @param withinMs in milliseconds, on a machine that is not crowded
   * @throws Error when that takes longer
   */
  async done(more: number, withinMs = 60_000): Promise<void> {
    const wanted = this.counts.ok + more;
    const began = performance.now();
    while (this.counts.ok < wanted) {
      if (performance.now() - began > withinMs * crowding()) {
        throw new Error(
          `Clients were answered well ${this.counts.ok} times, not ${wanted}, within ${withinMs} ms.`,
        );
      }
      await pause(20);
    }
  }

  /** Does one operation that a row wants, by the side. */
  do(wish: Operation): Promise<Outcome> {
    return this.perform(999, wish);
  }

  private numbers = new Map<number, number>();

  private async live(client: number): Promise<void> {
    while (!this.stopping) {
      const n = (this.numbers.get(client) ?? 0) + 1;
      this.numbers.set(client, n);
      const { seed, dawdle, paceMs } = this.options;
      await this.perform(client, operation(seed, client, n, { dawdle }));
      await pause(paceMs);
    }
  }

  private async perform(client: number, wish: Operation): Promise<Outcome> {
    for (let ask = 1; ; ask++) {
      const { type, unheard } = await this.ask(client, wish);
      if (type === 'ok' || (type === 'fail' && !unheard) || ask === ASKS) return type;
      await pause(150 * ask);
    }
  }

  private async ask(client: number, { opId, f, app, path, body, trace }: Operation): Promise<Answered> {
    const line = { client, opId, f, trace };
    const urls = this.options.urls(app);
    const url = urls[this.asked++ % urls.length] as string;
    this.history.write({ ...line, type: 'invoke', args: body });
    const began = performance.now();
    const answered = await request(`${url}${path}`, body, trace);
    const { type, result } = answered;
    this.history.write({ ...line, type, result });
    this.answered.push({ at: Date.now(), ms: performance.now() - began, type });
    return answered;
  }
}

interface Answered {
  readonly type: Outcome;
  readonly result: unknown;
  /** Nobody listened: surely nothing was done, and asking again is right. */
  readonly unheard?: boolean;
}

async function request(url: string, body: unknown, trace: string): Promise<Answered> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${trace}-${trace.slice(0, 16)}-01` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const result: unknown = await answer.json();
    if (answer.ok) return { type: 'ok', result };
    return { type: answer.status < 500 ? 'fail' : 'info', result: { status: answer.status } };
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
    const unheard = cause === 'ECONNREFUSED';
    return { type: unheard ? 'fail' : 'info', result: { cause }, unheard };
  }
}
