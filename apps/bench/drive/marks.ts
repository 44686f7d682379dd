import http from 'node:http';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

/** The end of a transaction, as the system tells it at `GET /marks`. */
export interface Mark {
  readonly tid: string;
  readonly type: string;
  readonly actorId: number;
  readonly status: 'SUCCESS' | 'ERROR' | 'ABORT' | 'NOT_ACCEPTED';
  readonly source: string;
}

/** A stream that says nothing for so long is given up and opened again: a half-open socket never ends by itself. */
const SILENT_FOR_MS = 30_000;

/**
 * Listens to the marks (server-sent events) and goes on where it stopped after every break, with Last-Event-ID. It begins
 * after a number that the caller took from the database, so that a break before the first mark loses nothing either.
 */
export class MarkStream {
  /** How often the stream was opened again. */
  reopened = 0;
  private stopped = false;
  private current: http.ClientRequest | undefined;
  private ended: Promise<void> | undefined;

  /**
   * @param url of the marketplace
   * @param last id of the last mark that is already known; '0' for all
   * @param hear called once for every mark, in the order of their ids
   */
  constructor(
    private readonly url: string,
    private last: string,
    private readonly hear: (mark: Mark) => void,
  ) {}

  /** The id of the last mark heard. */
  get heardUpTo(): bigint {
    return BigInt(this.last);
  }

  /**
   * Opens the stream and keeps it open until {@link stop}.
   *
   * @throws Error when the first attempt fails: then the address is wrong, or the system does not offer marks
   */
  async start(): Promise<void> {
    let began: (() => void) | undefined;
    let failed: ((error: Error) => void) | undefined;
    const first = new Promise<void>((resolve, reject) => {
      began = resolve;
      failed = reject;
    });
    this.ended = this.keepOpen(
      () => began?.(),
      (error) => failed?.(error),
    );
    await first;
  }

  /** Closes the stream. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.current?.destroy();
    await this.ended;
  }

  private async keepOpen(began: () => void, failed: (error: Error) => void): Promise<void> {
    for (let opened = false; !this.stopped; ) {
      try {
        await this.listen(() => {
          if (opened) this.reopened++;
          opened = true;
          began();
        });
      } catch (error) {
        if (!opened) return failed(error as Error);
      }
      if (!this.stopped) await pause(200);
    }
  }

  /** One connection: resolves when it ends, rejects when it could not be opened or broke. */
  private listen(opened: () => void): Promise<void> {
    const address = new URL(`${this.url}/marks`);
    return new Promise((resolve, reject) => {
      const ask = address.protocol === 'https:' ? https.request : http.request;
      const request = ask(address, { headers: { accept: 'text/event-stream', 'last-event-id': this.last } });
      this.current = request;
      request.setTimeout(SILENT_FOR_MS, () => request.destroy(new Error('silent')));
      request.on('error', reject);
      request.on('response', (response) => {
        if (response.statusCode !== 200) {
          response.resume();
          reject(
            new Error(`GET ${address.href} answered ${response.statusCode}, expected a stream of marks.`),
          );
          return;
        }
        opened();
        const take = sseParser((id, data) => this.take(id, data));
        response.setEncoding('utf8');
        response.on('data', take);
        response.on('error', reject);
        response.on('close', resolve);
      });
      request.end();
    });
  }

  private take(id: string, data: string): void {
    if (!/^\d+$/.test(id) || BigInt(id) <= BigInt(this.last)) return; // heard before a break
    this.last = id;
    this.hear(JSON.parse(data) as Mark);
  }
}

/**
 * Reads a server-sent event stream chunk by chunk (WHATWG rules as far as marks need them: `id`, `data`, comments, any line end).
 *
 * @param event called for every event that carries data
 */
export function sseParser(event: (id: string, data: string) => void): (chunk: string) => void {
  let rest = '';
  let id = '';
  let data: string[] = [];
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line === '') {
        if (data.length > 0) event(id, data.join('\n'));
        data = [];
      } else if (line.startsWith('id:')) id = line.slice(3).trim();
      else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''));
    }
  };
}
