import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger, LoggerModule } from 'nestjs-pino';
import { loadSettings } from '#platform/config';
import { addContextHooks, OpenExchanges } from '#platform/host/http';
import { LogModule, loggerFor, nestLogger, Telemetry } from '#platform/telemetry';
import type { VariantName } from '../variants.js';
import { HelloModule, helloWith } from './hello.js';

/** A variant that answers. */
interface Answering {
  readonly url: string;
  stop(): Promise<void>;
}

/** How each variant is started. @param database where ours keeps its lines and spans */
export const start: Readonly<Record<VariantName, (database: string) => Promise<Answering>>> = {
  bare: async () => answering(await NestFactory.create(HelloModule, new FastifyAdapter(), { logger: false })),
  pino: withPino,
  'pino and OpenTelemetry': withPino,
  ours,
};

/** As its README says, but for the route pattern that Fastify needs. */
async function withPino(): Promise<Answering> {
  const root = helloWith(LoggerModule.forRoot({ forRoutes: ['*splat'] }));
  const nest = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(), {
    bufferLogs: true,
  });
  nest.useLogger(nest.get(Logger));
  return answering(nest);
}

/** The hooks, the log and the store that `host()` gives every app, on the same bare app. */
async function ours(database: string): Promise<Answering> {
  const settings = loadSettings({ env: { DATABASE_URL: database, LOG_FORMAT: 'json' }, file: '' });
  const log = loggerFor(settings, { app: 'hello', instance: 'bench' });
  const telemetry = new Telemetry(settings, log, 'bench');
  const adapter = new FastifyAdapter();
  const { spans } = telemetry;
  addContextHooks(adapter, { log, spans, callTimeoutMs: 10_000, open: new OpenExchanges() });
  const root = helloWith(LogModule.with(log));
  const nest = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: nestLogger(log) });
  return answering(nest, () => telemetry.close(5_000));
}

async function answering(nest: NestFastifyApplication, last?: () => Promise<void>): Promise<Answering> {
  await nest.listen(0, '127.0.0.1');
  const stop = async () => {
    await nest.close();
    await last?.();
  };
  return { url: await nest.getUrl(), stop };
}
