/** The called process: the same method behind the seam, Nest TCP and Moleculer. Ends with the process that started it. */
import 'reflect-metadata';
import type { Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { ServiceBroker } from 'moleculer';
import { SeamCounts, seamFor, startCallServer } from '#platform/seam';
import {
  type Addresses,
  EchoApi,
  EchoMicroservice,
  EchoModule,
  type Lines,
  moleculerTransport,
  SECRET,
  TIMEOUT_MS,
} from './echo.js';

const log = { debug() {}, info() {}, warn: console.warn, error: console.error };

async function serveSeam(): Promise<string> {
  const seam = seamFor({
    modules: [{ name: 'echo', type: EchoModule }],
    asIfRemote: false,
    callTimeoutMs: TIMEOUT_MS,
    counts: new SeamCounts(),
  });
  const { instanceDecorator } = seam;
  const app = await NestFactory.createApplicationContext(EchoModule, {
    logger: false,
    instrument: { instanceDecorator },
  });
  app.get(EchoApi);
  const server = await startCallServer({
    host: '127.0.0.1',
    port: 0,
    secret: SECRET,
    answer: (call, signal) => seam.answer(call, signal),
    log,
  });
  return server.address;
}

async function serveNestTcp(): Promise<number> {
  const app = await NestFactory.createMicroservice(EchoMicroservice, {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: 0 },
    logger: ['error'],
  });
  await app.listen();
  return (app.unwrap<Server>().address() as { port: number }).port;
}

async function serveMoleculer(caller: number, callee: number): Promise<void> {
  const broker = new ServiceBroker({
    nodeID: 'callee',
    logger: false,
    transporter: moleculerTransport({ caller, callee }),
  });
  const api = new EchoApi();
  broker.createService({
    name: 'echo',
    actions: { echo: ({ params }: { params: { lines: Lines } }) => api.echo(params.lines) },
  });
  await broker.start();
}

async function main(): Promise<void> {
  const [caller, callee] = process.argv.slice(2).map(Number);
  await serveMoleculer(caller as number, callee as number);
  const addresses: Addresses = { seam: await serveSeam(), nestTcp: await serveNestTcp() };
  process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
  process.on('disconnect', () => process.exit());
  process.send?.({ addresses });
}

await main();
