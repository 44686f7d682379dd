import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Behaviour, changed, happens, wellBehaved } from './behaviour.js';
import { type ChargeRequest, Ledger, told } from './ledger.js';

/** A charge is small; more is refused. Bytes. */
const LARGEST_BODY = 65_536;

/** A running stand-in. */
export interface PaymentProvider {
  readonly url: string;
  /** Stops at once, also with requests in hand. */
  stop(): Promise<void>;
}

/**
 * Starts a stand-in for a payment provider on 127.0.0.1. It keeps no card data at all.
 *
 * - `POST /esp` charges (specification, section 3): the same key gets the same answer
 * - `PATCH /behaviour` changes how it behaves; `GET /behaviour` tells
 * - `GET /charges` counts requests and charges, also per key; `GET /charges?key=` those of one key
 *
 * @param options.port 0, or nothing: any free one
 * @param options.behaviour how it behaves at first: well, unless told
 * @throws Error of the system when the port is taken
 */
export async function startPaymentProvider(
  options: { port?: number; behaviour?: Partial<Behaviour> } = {},
): Promise<PaymentProvider> {
  const desk = new Desk({ ...wellBehaved, ...options.behaviour });
  const server = createServer((request, response) => {
    desk.serve(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return; // the caller has gone, and hears nothing any more
      answer(response, 400, {
        message: error instanceof Error ? error.message : 'That is no request for a charge.',
      });
    });
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(options.port ?? 0, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()));
      desk.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Takes requests in. */
class Desk {
  private readonly ledger = new Ledger();
  private readonly closing = new AbortController();

  constructor(private behaviour: Behaviour) {}

  close(): void {
    this.closing.abort();
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://provider');
    const route = `${request.method} ${url.pathname}`;
    if (route === 'POST /esp') return this.charge(toCharge(await readJson(request)), response);
    if (route === 'GET /charges') return this.tellCharges(url.searchParams.get('key'), response);
    if (route === 'GET /behaviour') return answer(response, 200, this.behaviour);
    if (route === 'PATCH /behaviour') return this.behave(await readJson(request), response);
    answer(response, 404, { message: 'Known here: POST /esp, GET /charges, GET and PATCH /behaviour.' });
  }

  /** Faults are drawn by the key and the number of the request under it: a key that met one can be lucky the next time. */
  private async charge(request: ChargeRequest, response: ServerResponse): Promise<void> {
    const { behaviour, ledger } = this;
    const { key } = request;
    const number = ledger.arrive(key);
    const fails = happens(behaviour.errorPercent, 'error', key, number);
    if (behaviour.delayMs > 0) await this.wait(behaviour.delayMs);
    if (fails && happens(50, 'before', key, number)) {
      return answer(response, 500, { message: 'Told to fail before the charge.' });
    }
    const charge = ledger.carryOut(request, behaviour.failPercent);
    if (happens(behaviour.doublePercent, 'double', key, number)) {
      ledger.arrive(key);
      ledger.carryOut(request, behaviour.failPercent);
    }
    if (fails) return answer(response, 500, { message: 'Told to fail after the charge.' });
    if (happens(behaviour.silentPercent, 'silent', key, number)) return; // the caller gives up, some day
    answer(response, 200, charge);
  }

  private async wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.closing.signal, ref: false });
  }

  private tellCharges(key: string | null, response: ServerResponse): void {
    const count = key === null ? undefined : this.ledger.count(key);
    if (key === null) answer(response, 200, { ...this.ledger.totals(), byKey: this.ledger.counts() });
    else if (count) answer(response, 200, told(count));
    else answer(response, 404, { message: 'Nobody came with this key.' });
  }

  private behave(change: unknown, response: ServerResponse): void {
    const next = changed(this.behaviour, change);
    if (typeof next === 'string') {
      answer(response, 400, { message: next });
    } else {
      this.behaviour = next;
      answer(response, 200, next);
    }
  }
}

function toCharge(body: unknown): ChargeRequest {
  const { IdempotencyKey: key, Amount: amount, Currency, Customer } = (body ?? {}) as Record<string, unknown>;
  if (typeof key !== 'string' || key === '') throw new Error('"IdempotencyKey" is missing.');
  if (typeof amount !== 'number' || !(amount >= 0)) throw new Error('"Amount" must be a number, 0 or more.');
  return { key, amount, currency: String(Currency ?? 'USD'), customer: String(Customer ?? '') };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error(`More than ${LARGEST_BODY} bytes are no charge.`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new Error('The body is not JSON.'); // without a quotation: it may hold a card number
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
