import {
  ClientProxy,
  type CustomTransportStrategy,
  type ReadPacket,
  Server,
  type WritePacket,
} from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import {
  CallClient,
  type CallServer,
  type RemoteAnswer,
  type RemoteCall,
  startCallServer,
} from '#platform/seam';
import { PATTERN, SECRET } from './echo.js';

const log = { debug() {}, info() {}, warn: console.warn, error: console.error };

/** The framed transport as a strategy of Nest microservices: what a call costs when Nest carries it to a controller. */
export class FramedStrategy extends Server implements CustomTransportStrategy {
  #server: CallServer | undefined;

  get address(): string {
    return this.#server?.address ?? '';
  }

  listen(callback: (error?: unknown) => void): void {
    const answer = async (call: RemoteCall): Promise<RemoteAnswer> => {
      const handler = this.getHandlerByPattern(PATTERN);
      if (handler === null) throw new Error('The echo controller is missing.');
      return lastValueFrom(this.transformToObservable(await handler(call)));
    };
    startCallServer({ host: '127.0.0.1', port: 0, secret: SECRET, answer, log }).then(
      (server) => {
        this.#server = server;
        callback();
      },
      (error: unknown) => callback(error),
    );
  }

  async close(): Promise<void> {
    await this.#server?.stop(1_000);
  }

  on(): void {}

  unwrap<T>(): T {
    return this.#server as T;
  }
}

/** Its other end as Nest has it. */
export class FramedProxy extends ClientProxy {
  readonly #client = new CallClient({ secret: SECRET, name: 'bench' });

  constructor(private readonly address: string) {
    super();
  }

  async connect(): Promise<void> {}

  close(): Promise<void> {
    return this.#client.close();
  }

  unwrap<T>(): T {
    return this.#client as T;
  }

  protected publish(packet: ReadPacket<RemoteCall>, callback: (packet: WritePacket) => void): () => void {
    this.#client.call(this.address, packet.data, { timeoutMs: 10_000 }).then(
      (response) => callback({ response, isDisposed: true }),
      (err: unknown) => callback({ err }),
    );
    return () => undefined;
  }

  protected async dispatchEvent(): Promise<never> {
    throw new Error('Only calls are measured.');
  }
}
