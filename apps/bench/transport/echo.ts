import { Controller, Module } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { RemoteAnswer, RemoteCall } from '#platform/seam';

export const SECRET = 'the secret of the transport benchmark';
export const PATTERN = 'call';

/** About 1 KB of what contracts carry: objects with short keys, so that quoting them into another JSON text costs what it costs. */
const ARGS = JSON.stringify([
  Array.from({ length: 11 }, (_, at) => ({
    sellerId: at,
    productId: at * 7,
    name: `product number ${at} with a name`,
    price: '12.50',
    version: `${at}`,
  })),
]);

/** A call of 1 KB. */
export const CALL: RemoteCall = {
  module: 'product',
  token: 'ProductApi',
  method: 'current',
  args: ARGS,
  context: {
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    caller: 'checkout',
    chain: ['POST /cart/:customerId/checkout'],
    remainingMs: 10_000,
    hops: 0,
  },
};

/** What every contender answers: the arguments. */
export const echo = async ({ args }: RemoteCall): Promise<RemoteAnswer> => ({ ok: true, value: args });

@Controller()
class EchoController {
  @MessagePattern(PATTERN)
  call(@Payload() call: RemoteCall): Promise<RemoteAnswer> {
    return echo(call);
  }
}

/** The same for Nest's own transports, and for ours under Nest. */
@Module({ controllers: [EchoController] })
export class EchoModule {}
