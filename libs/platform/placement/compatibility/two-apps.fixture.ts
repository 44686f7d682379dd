import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  CallClient,
  type CallServer,
  type Placement,
  type Seam,
  SeamCounts,
  type SeamModule,
  seamFor,
  startCallServer,
} from '../../seam/index.js';
import { freshContext, inContext } from '../../telemetry/call-context.js';

const SECRET = 'a secret of the compatibility suite';
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** What an app needs around its modules: a database, a queue. */
export type Surroundings = readonly NonNullable<unknown>[];

/** The two modules of a shape: the one that moves, and the one that uses it. */
export interface Pair {
  readonly moves: SeamModule['type'];
  readonly uses: SeamModule['type'];
  /** Imports of every app. */
  readonly around?: Surroundings;
}

/** Two modules at work, in one application or in two. */
export interface Placed {
  /** Application of the module that uses the other. */
  readonly here: NestFastifyApplication;
  /** Application of the module that moves; the same one together. */
  readonly there: NestFastifyApplication;
  readonly seam: Seam;
  /** A provider of the using module, whose work runs as that module's. */
  ask<T, R>(type: Type<T>, work: (provider: T) => Promise<R>): Promise<R>;
  stop(): Promise<void>;
}

/** Both modules in one application. */
export async function together(
  { moves, uses, around = [] }: Pair,
  counts = new SeamCounts(),
): Promise<Placed> {
  const modules = [named('uses', uses), named('moves', moves)];
  const seam = seamFor({ modules, asIfRemote: false, callTimeoutMs: 5_000, counts });
  const app = await create(seam, [...around, uses, moves]);
  return { here: app, there: app, seam, ask: asking(app), stop: () => app.close() };
}

/** Each in an application of its own, linked by the real transport. */
export async function apart({ moves, uses, around = [] }: Pair, counts = new SeamCounts()): Promise<Placed> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const limits = { asIfRemote: false, callTimeoutMs: 5_000 };
    const roads = { near: new Road(), far: new Road() };
    const far = seamFor({
      ...limits,
      modules: [named('moves', moves)],
      counts: new SeamCounts(),
      placement: roads.far.placement(['moves']),
    });
    // The nearer app is made first: it must leave the classes as the other one needs them.
    const near = seamFor({
      ...limits,
      modules: [named('uses', uses)],
      elsewhere: [named('moves', moves)],
      counts,
      placement: roads.near.placement(['uses']),
    });
    const here = await create(near, [...around, uses, moves]);
    stops.push(() => here.close());
    const there = await create(far, [...around, moves]);
    stops.push(() => there.close());
    const server = await startCallServer({
      host: '127.0.0.1',
      port: 0,
      secret: SECRET,
      answer: far.answer,
      log,
    });
    stops.push(() => server.stop(1_000));
    const client = new CallClient({ secret: SECRET, name: 'near' });
    stops.push(() => client.close());
    roads.near.leadTo(server, client);
    return { here, there, seam: near, ask: asking(here), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const named = (name: string, type: SeamModule['type']): SeamModule => ({ name, type });

const asking =
  (app: NestFastifyApplication): Placed['ask'] =>
  (type, work) =>
    inContext(freshContext({ module: 'uses' }), () => work(app.get(type, { strict: false })));

async function create(seam: Seam, imports: Surroundings): Promise<NestFastifyApplication> {
  class App {}
  Module({ imports: [...imports] as Type[] })(App);
  const options = {
    logger: false,
    abortOnError: false,
    instrument: { instanceDecorator: seam.instanceDecorator },
  } as const;
  const app = await seam.creating(() =>
    NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), options),
  );
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}

/** The way from one app to the other, open once both run. */
class Road {
  #call: Placement['call'] | undefined;

  leadTo(server: CallServer, client: CallClient): void {
    this.#call = (call, signal) =>
      client.call(server.address, call, { timeoutMs: call.context.remainingMs, signal });
  }

  placement(hosted: readonly string[]): Placement {
    return {
      answersHere: (module) => hosted.includes(module),
      call: (call, signal) => {
        if (!this.#call) throw new Error('No way leads to the other app yet.');
        return this.#call(call, signal);
      },
    };
  }
}

/** Asks an application over HTTP. */
export async function http(app: NestFastifyApplication, path: string, init: RequestInit = {}) {
  const answer = await fetch(`${await app.getUrl()}${path}`, init);
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return { status: answer.status, body: isJson ? (JSON.parse(text) as unknown) : text };
}
