import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { ServiceBroker } from 'moleculer';
import { firstValueFrom } from 'rxjs';
import { CallClient, type Placement, SeamCounts, seamFor } from '#platform/seam';
import {
  type Addresses,
  AskerModule,
  EchoApi,
  EchoModule,
  LINES,
  type Lines,
  type MoleculerPorts,
  moleculerTransport,
  PATTERN,
  SECRET,
  TIMEOUT_MS,
} from './echo.js';

/** A way to call the method. */
export interface Way {
  readonly name: string;
  /** Whether another process answers. */
  readonly remote: boolean;
  readonly call: () => Promise<Lines>;
}

/** All ways, ready to be called. */
export async function ways({ seam, nestTcp }: Addresses, moleculer: MoleculerPorts): Promise<Way[]> {
  const direct = new EchoApi();
  const here = await together();
  const there = await apart(seam);
  const tcp = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: nestTcp },
  });
  const broker = await moleculerNode(moleculer);
  return [
    { name: 'direct', remote: false, call: () => direct.echo(LINES) },
    { name: 'seam, in process', remote: false, call: () => here.echo(LINES) },
    { name: 'seam, apart', remote: true, call: () => there.echo(LINES) },
    { name: 'Nest TCP', remote: true, call: () => firstValueFrom(tcp.send<Lines>(PATTERN, LINES)) },
    {
      name: 'Moleculer TCP',
      remote: true,
      call: () => broker.call<Lines, object>('echo.echo', { lines: LINES }),
    },
  ];
}

/** The provider as another module of the same process gets it. */
async function together(): Promise<EchoApi> {
  const seam = seamFor({
    modules: [{ name: 'echo', type: EchoModule }],
    asIfRemote: false,
    callTimeoutMs: TIMEOUT_MS,
    counts: new SeamCounts(),
  });
  const instrument = { instanceDecorator: seam.instanceDecorator };
  const app = await NestFactory.createApplicationContext(AskerModule, { logger: false, instrument });
  return app.get(EchoApi, { strict: false });
}

/** The same when the module lives in another process: what is injected is a stand-in. */
async function apart(address: string): Promise<EchoApi> {
  const client = new CallClient({ secret: SECRET, name: 'bench' });
  const placement: Placement = {
    answersHere: () => false,
    call: (call, signal) => client.call(address, call, { timeoutMs: TIMEOUT_MS, signal }),
  };
  const seam = seamFor({
    modules: [],
    elsewhere: [{ name: 'echo', type: EchoModule }],
    placement,
    asIfRemote: false,
    callTimeoutMs: TIMEOUT_MS,
    counts: new SeamCounts(),
  });
  const instrument = { instanceDecorator: seam.instanceDecorator };
  const app = await seam.creating(() =>
    NestFactory.createApplicationContext(AskerModule, { logger: false, instrument }),
  );
  return app.get(EchoApi, { strict: false });
}

async function moleculerNode(ports: MoleculerPorts): Promise<ServiceBroker> {
  const broker = new ServiceBroker({
    nodeID: 'caller',
    logger: false,
    transporter: moleculerTransport(ports),
  });
  await broker.start();
  await broker.waitForServices('echo', 20_000);
  return broker;
}
