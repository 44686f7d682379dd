/** The other process of the transport benchmark: listens in every way that is compared, and tells where. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { connectNats, startCallServer } from '#platform/seam';
import { EchoModule, echo, SECRET } from './echo.js';
import { FramedStrategy } from './framed-strategy.js';

const log = { debug() {}, info() {}, warn: console.warn, error: console.error };

/** Where each contender listens. */
export interface Addresses {
  readonly framed: string;
  readonly framedUnderNest: string;
  readonly nestTcp: number;
  /** Only with a NATS server. */
  readonly framedOverNats?: string;
}

async function main(natsUrl: string | undefined): Promise<void> {
  const framed = await startCallServer({ host: '127.0.0.1', port: 0, secret: SECRET, answer: echo, log });
  const strategy = new FramedStrategy();
  const underNest = await NestFactory.createMicroservice(EchoModule, { strategy, logger: ['error'] });
  await underNest.listen();
  const tcp = await NestFactory.createMicroservice(EchoModule, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: ['error'],
  });
  await tcp.listen();
  const { port } = tcp.unwrap<import('node:net').Server>().address() as { port: number };
  const addresses: Addresses = {
    framed: framed.address,
    framedUnderNest: strategy.address,
    nestTcp: port,
    ...(natsUrl && { framedOverNats: await overNats(natsUrl) }),
  };
  // Asked for its processor time after every round; ends with the process that started it.
  process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
  process.on('disconnect', () => process.exit());
  process.send?.({ addresses });
}

async function overNats(url: string): Promise<string> {
  const underNats = await NestFactory.createMicroservice(EchoModule, {
    transport: Transport.NATS,
    options: { servers: [url] },
    logger: ['error'],
  });
  await underNats.listen();
  const broker = await connectNats(url, 'callee');
  const server = await startCallServer({ broker, host: '', port: 0, secret: SECRET, answer: echo, log });
  return server.address;
}

await main(process.argv[2]);
