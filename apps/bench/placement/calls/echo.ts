import { Controller, Injectable, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';

/** What is sent and comes back: about 1 KB as JSON, shaped like what contracts carry. */
export const LINES = Array.from({ length: 11 }, (_, at) => ({
  sellerId: at,
  productId: at * 7,
  name: `product number ${at} with a name`,
  price: 12.5 + at,
  version: `${at}`,
}));
export type Lines = typeof LINES;

/** The same for everybody: arguments back. A method of a contract, as modules have them. */
@Injectable()
export class EchoApi {
  async echo(lines: Lines): Promise<Lines> {
    return lines;
  }
}

/** An ordinary module that exports it. */
@Module({ providers: [EchoApi], exports: [EchoApi] })
export class EchoModule {}

/** Who asks: the root of the calling side. */
@Module({ imports: [EchoModule] })
export class AskerModule {}

export const PATTERN = 'echo';

/** The same as Nest's documentation writes a microservice. */
@Controller()
class EchoController {
  constructor(private readonly api: EchoApi) {}

  @MessagePattern(PATTERN)
  echo(@Payload() lines: Lines): Promise<Lines> {
    return this.api.echo(lines);
  }
}

@Module({ imports: [EchoModule], controllers: [EchoController] })
export class EchoMicroservice {}

export const SECRET = 'the secret of the placement benchmark';
/** The same for every way that has a deadline. */
export const TIMEOUT_MS = 10_000;

/** Where the three servers of the called process listen. */
export interface Addresses {
  readonly seam: string;
  readonly nestTcp: number;
}

/** The two nodes of Moleculer, which must know each other's ports before they start. */
export interface MoleculerPorts {
  readonly caller: number;
  readonly callee: number;
}

/** How a Moleculer node finds the other one without broadcasts, which machines of CI often don't have. */
export function moleculerTransport({ caller, callee }: MoleculerPorts) {
  const urls = `127.0.0.1:${caller}/caller,127.0.0.1:${callee}/callee`;
  return { type: 'TCP' as const, options: { udpDiscovery: false, urls } };
}
