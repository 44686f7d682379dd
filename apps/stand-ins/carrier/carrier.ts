import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

/** How the stand-in misbehaves. Which calls it hits is decided by hash of key and call: the same run, the same calls. */
export interface CarrierBehaviour {
  /** Calls in a hundred that are answered 503 before anything is booked. */
  failPercent: number;
  /** Bookings in a hundred that are refused with 422, by key: a refused key stays refused. */
  refusePercent: number;
  /** Calls in a hundred that are booked and never answered. */
  silentPercent: number;
  /** Calls in a hundred that arrive twice, as if the network had doubled them. */
  doublePercent: number;
  /** How long an answer takes, in milliseconds. */
  delayMs: number;
}

/** One booking, and how often it was asked for. */
export interface CarrierBooking {
  readonly key: string;
  readonly id: string;
  asked: number;
}

/** A running carrier. */
export interface Carrier {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** Changes how it behaves from the next call on. */
  behave(behaviour: Partial<CarrierBehaviour>): void;
  /** What it has booked, oldest first. */
  bookings(): readonly CarrierBooking[];
  /** How many calls it got, answered or not. */
  calls(): number;
  /** Stops at once; calls that wait for an answer are cut. */
  stop(): Promise<void>;
}

const WELL: CarrierBehaviour = {
  failPercent: 0,
  refusePercent: 0,
  silentPercent: 0,
  doublePercent: 0,
  delayMs: 0,
};

/**
 * Starts a carrier's HTTP interface: `POST /bookings` with an `idempotency-key` header answers `201 { id }`, for a known key
 * `200` with the same id; `GET /bookings` lists them; `PATCH /behaviour` makes it misbehave.
 *
 * @param options.port 0, the default, takes a free one
 */
export async function startCarrier(
  options: Partial<CarrierBehaviour> & { port?: number } = {},
): Promise<Carrier> {
  const { port = 0, ...behaviour } = options;
  const desk = new BookingDesk({ ...WELL, ...behaviour });
  const server = createServer((request, response) => {
    answer(desk, request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return response.destroy();
      send(response, 400, { message: error instanceof Error ? error.message : String(error) });
    });
  });
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: (change) => Object.assign(desk.behaviour, change),
    bookings: () => [...desk.bookings.values()],
    calls: () => desk.calls,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

/** What the carrier knows. */
class BookingDesk {
  readonly bookings = new Map<string, CarrierBooking>();
  private readonly asked = new Map<string, number>();
  calls = 0;

  constructor(readonly behaviour: CarrierBehaviour) {}

  /** Counts a call, and tells which one for its key it is. */
  count(key: string): number {
    this.calls += 1;
    const call = (this.asked.get(key) ?? 0) + 1;
    this.asked.set(key, call);
    return call;
  }

  /** Books once per key. */
  book(key: string): { booking: CarrierBooking; known: boolean } {
    const found = this.bookings.get(key);
    if (found) {
      found.asked += 1;
      return { booking: found, known: true };
    }
    const booking = { key, id: `C${createHash('sha256').update(key).digest('hex').slice(0, 12)}`, asked: 1 };
    this.bookings.set(key, booking);
    return { booking, known: false };
  }
}

async function answer(desk: BookingDesk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const route = `${request.method} ${request.url}`;
  if (route === 'GET /bookings')
    return send(response, 200, { calls: desk.calls, bookings: [...desk.bookings.values()] });
  if (route === 'PATCH /behaviour') {
    Object.assign(desk.behaviour, (await json(request)) as Partial<CarrierBehaviour>);
    return send(response, 200, desk.behaviour);
  }
  if (route !== 'POST /bookings') return send(response, 404, { message: `There is no ${route} here.` });
  await json(request); // where it goes is nothing to a stand-in, but it must be JSON
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '')
    return send(response, 400, { message: 'Send an idempotency-key.' });
  await book(desk, key, response);
}

async function book(desk: BookingDesk, key: string, response: ServerResponse): Promise<void> {
  const { behaviour } = desk;
  const call = desk.count(key);
  if (behaviour.delayMs > 0) await pause(behaviour.delayMs);
  if (chance(behaviour.failPercent, `fail ${key} ${call}`))
    return send(response, 503, { message: 'No capacity.' });
  if (chance(behaviour.refusePercent, `refuse ${key}`))
    return send(response, 422, { reason: 'We do not go there.' });
  if (chance(behaviour.doublePercent, `double ${key} ${call}`)) desk.book(key);
  const { booking, known } = desk.book(key);
  if (chance(behaviour.silentPercent, `silent ${key} ${call}`)) return; // the caller's deadline or stop() ends the wait
  send(response, known ? 200 : 201, { id: booking.id });
}

/** True for `percent` of all seeds, and always the same for one. */
function chance(percent: number, seed: string): boolean {
  return createHash('sha256').update(seed).digest().readUInt32BE(0) % 100 < percent;
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
