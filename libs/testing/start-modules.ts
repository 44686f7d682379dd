import type { InjectionToken } from '@nestjs/common';
import { loadSettings } from '#platform/config';
import type { AnyEventType, EventOf } from '#platform/events';
import { type ListedModule, nameModules, type RunningApp } from '#platform/host';
import { UnitsOfWork } from '../platform/work/units-of-work.js';
import { PlacedApps } from './apps.js';
import { waitUntilDrained } from './drain.js';
import { type TestDatabase, testDatabase } from './servers/test-database.js';
import { type TestRedis, testRedis } from './servers/test-redis.js';

/** Which engine moves the wake-ups. */
export type Backend = 'postgres' | 'redis';

/** What {@link startModules} starts. */
export interface StartOptions {
  /** The modules under test; what they import comes along. */
  readonly here: readonly ListedModule[];
  /** Default: postgres. */
  readonly backend?: Backend;
  /** Sends calls between modules through the wire format. Default false. */
  readonly asIfRemote?: boolean;
  /** Modules that get an app of their own, by name, or all of them. Default: none, one app for all. */
  readonly apart?: readonly string[] | 'all';
  /** Told every line of every app, as JSON; with a LOG_LEVEL among the settings. Default: standard output. */
  readonly lines?: (line: string) => void;
  /** Settings beside the defaults of tests. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** An answer of the application under test. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it and says what it expects
  readonly body: any;
  readonly headers: Headers;
}

/** A running application on a database of its own. */
export interface RunningModules {
  readonly url: string;
  readonly database: TestDatabase;
  /** Sends a request with a JSON body; answers with the parsed one. */
  http(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Publishes an event in a unit of work of its publisher; answers with the event's id. */
  publish<E extends AnyEventType>(type: E, payload: EventOf<E>): Promise<string>;
  /**
   * Waits until no delivery is pending.
   *
   * @throws Error listing the dead ones, unless they are allowed, or what is still pending after 30 s
   */
  drain(options?: { dead?: 'allowed' }): Promise<void>;
  /** Resolves once lines and spans are in the store; with TELEMETRY_STORE among the settings. */
  kept(): Promise<void>;
  /** Runs one statement as the owner of the database, outside every unit of work. */
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<Row[]>;
  /** A provider of the application. */
  get<T>(token: InjectionToken<T>): T;
  /** Stops everything; fails when something is left open. */
  stop(): Promise<void>;
}

/**
 * Starts modules as an application: a database cloned from the migrated template, real workers on a real backend, real
 * HTTP on a free port.
 */
export async function startModules(options: StartOptions): Promise<RunningModules> {
  const database = await testDatabase();
  const redis = options.backend === 'redis' ? await testRedis() : undefined;
  try {
    return await start(options, database, redis);
  } catch (error) {
    await database.drop().catch(() => undefined); // what failed to start is what the test needs to hear
    throw error;
  }
}

async function start(
  options: StartOptions,
  database: TestDatabase,
  redis?: TestRedis,
): Promise<RunningModules> {
  const settings = loadSettings({
    file: '',
    env: {
      NODE_ENV: 'test',
      PORT: '0',
      DATABASE_URL: database.url,
      DATABASE_POOL: '8',
      CALL_SECRET: 'known to this test only',
      REDIS_URL: redis?.url ?? '',
      AS_IF_REMOTE: String(options.asIfRemote ?? false),
      TELEMETRY_STORE: 'false',
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      ...options.settings,
    },
  });
  const names = nameModules(options.here).map((module) => module.name);
  const apart = options.apart === 'all' ? names : (options.apart ?? []);
  const placed = await PlacedApps.start(options.here, apart, settings, database, options.lines);
  const app = placed.apps[placed.apps.length - 1] as RunningApp;
  const units = app.get(UnitsOfWork);
  return {
    url: app.url,
    database,
    http: async (method, path, body, headers) =>
      request(`${await placed.addressFor(method, path)}${path}`, method, body, headers),
    publish: async (type, payload) => {
      const work = units.of(type.from[0] as string);
      await work.run(async (unit) => unit.publish(type, payload));
      const [last] = await database.query<{ id: string }>(
        'select max(id) as id from banyan.events where type = $1',
        [type.type],
      );
      return last?.id as string;
    },
    drain: (drain) => waitUntilDrained(database, drain?.dead === 'allowed'),
    kept: async () => {
      for (const each of placed.apps) await each.telemetry.flush();
    },
    query: (sql, parameters) => database.query(sql, parameters),
    get: (token) => placed.get((each) => each.get(token)),
    stop: async () => {
      await placed.stop();
      await redis?.drop();
      await database.drop();
    },
  };
}

async function request(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const json = /\bjson\b/.test(answer.headers.get('content-type') ?? '') && text !== '';
  return { status: answer.status, body: json ? JSON.parse(text) : text, headers: answer.headers };
}
