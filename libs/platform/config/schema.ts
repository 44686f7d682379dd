import { resolve } from 'node:path';
import { z } from 'zod';

const bool = z.stringbool({ error: 'must be true or false' });
const count = (from: number, to: number) => {
  const error = `must be a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d+$/, { error })
    .transform(Number)
    .pipe(z.number({ error }).min(from, { error }).max(to, { error }));
};
const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, { error: `must be ${names.join(' or ')}` });
const address = (schemes: readonly string[], example: string) =>
  z
    .string()
    .refine((text) => text === '' || (URL.canParse(text) && schemes.includes(new URL(text).protocol)), {
      error: `must be an address such as ${example}, or empty`,
    });
const http = (example: string) => address(['http:', 'https:'], example);

/**
 * All settings of all applications, in the order of `.env.example`, which is made from this. Each default works on a laptop. The
 * input is text, as an environment has it; an empty text counts as not set.
 */
export const settingsSchema = z.strictObject({
  NODE_ENV: oneOf(['development', 'production', 'test'])
    .prefault('development')
    .describe('What this is run for: development, production or test.'),
  HOST: z.string().prefault('127.0.0.1').describe('Address to listen on. 0.0.0.0 lets other machines in.'),
  PORT: count(0, 65_535).prefault('3000').describe('Port to listen on. 0 takes any free one.'),
  DATA_DIR: z
    .string()
    .prefault('.banyan')
    .transform((folder) => resolve(folder))
    .describe(
      'Folder of the embedded Postgres. A relative one begins at the folder where the command is run.',
    ),
  DATABASE_URL: address(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database')
    .prefault('')
    .describe(
      'The Postgres to use. Empty: an embedded one is started and kept in DATA_DIR. Or DATABASE_URL_FILE.',
    ),
  DATABASE_POOL: count(1, 500)
    .prefault('20')
    .describe(
      'Most database connections that the modules of one process share; it takes a few more for itself.',
    ),
  DATABASE_WAIT_MS: count(100, 60_000)
    .prefault('5000')
    .describe(
      'How long a request waits for a free one before it is answered 503, in milliseconds. A lock is waited for as long as 5000.',
    ),
  REDIS_URL: address(['redis:', 'rediss:'], 'redis://host:6379')
    .prefault('')
    .describe('The Redis that BullMQ runs on. Empty: BullMQ runs on Postgres. Or REDIS_URL_FILE.'),
  CALL_SECRET: z
    .string()
    .refine((text) => text === '' || text.length >= 16, { error: 'must have at least 16 characters' })
    .prefault('')
    .describe(
      'What apps know each other by; the same for all. Empty: one is made and kept in DATA_DIR, but not in production. Or CALL_SECRET_FILE.',
    ),
  TRANSPORT: oneOf(['framed', 'nats'])
    .prefault('framed')
    .describe(
      'How apps call each other: framed is straight over TCP; nats where their ports can not be reached.',
    ),
  NATS_URL: address(['nats:', 'tls:'], 'nats://host:4222')
    .prefault('')
    .describe('The NATS server, for TRANSPORT=nats. Or NATS_URL_FILE.'),
  COMMIT: z
    .string()
    .prefault('')
    .describe('The commit that this was built from, to be shown with each instance.'),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .prefault('info')
    .describe('The least severe log line to write: fatal, error, warn, info, debug, trace or silent.'),
  LOG_FORMAT: oneOf(['auto', 'pretty', 'json'])
    .prefault('auto')
    .describe('pretty is for people, json for machines; auto is pretty on a terminal.'),
  TRACE_FROM_OUTSIDE: oneOf(['trust', 'private', 'link'])
    .prefault('trust')
    .describe(
      'Whose traceparent is continued: trust everybody, only private networks, or link to it from a new trace.',
    ),
  TELEMETRY_STORE: bool.prefault('true').describe('Keeps lines and spans in Postgres, schema telemetry.'),
  TELEMETRY_DATABASE_URL: address(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database')
    .prefault('')
    .describe(
      'The Postgres of that store. Empty: the one of the application. Or TELEMETRY_DATABASE_URL_FILE.',
    ),
  TELEMETRY_MAX_MB: count(64, 10_000_000)
    .prefault('256')
    .describe('Most that the store may hold, in MiB; the oldest is dropped first.'),
  TELEMETRY_MAX_DAYS: count(1, 3_650).prefault('3').describe('How long the store keeps anything, in days.'),
  TELEMETRY_KEEP_PERCENT: count(0, 100)
    .prefault('100')
    .describe('How many traces in a hundred are kept. Those that fail or are slow are kept beyond that.'),
  TELEMETRY_SLOW_MS: count(1, 3_600_000)
    .prefault('1000')
    .describe('From when on a hop is slow enough to keep its trace, in milliseconds.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: http('http://127.0.0.1:4318')
    .prefault('')
    .describe('An OpenTelemetry collector that gets lines and spans too, by OTLP over HTTP. Empty: none.'),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .prefault('')
    .describe('What is sent along to it, as name=value,name=value. Or OTEL_EXPORTER_OTLP_HEADERS_FILE.'),
  BENCH: bool
    .prefault('false')
    .describe('Opens PATCH /reset and /cleanup, which destroy data. For benchmarks only.'),
  AS_IF_REMOTE: bool
    .prefault('false')
    .describe(
      'Sends calls between modules of one process through the wire format, to find what could not travel.',
    ),
  RAISE_STOCK_FAILED: bool
    .prefault('false')
    .describe('Publishes ReserveStockFailed when stock does not suffice.'),
  PAYMENT_PROVIDER: bool
    .prefault('true')
    .describe('false: every payment succeeds without asking a provider.'),
  PAYMENT_PROVIDER_URL: http('http://127.0.0.1:5009')
    .prefault('')
    .describe('The payment provider. Empty: a stand-in is started for you.'),
  PAYMENT_FAIL_PERCENT: count(0, 100)
    .prefault('0')
    .describe('How many payments in a hundred the stand-in refuses; which ones is decided by their key.'),
  CARRIER_URL: http('http://127.0.0.1:5010')
    .prefault('')
    .describe('The carrier. Empty: a stand-in is started for you.'),
  CALL_TIMEOUT_MS: count(1, 600_000)
    .prefault('10000')
    .describe('Deadline of a call between modules, in milliseconds.'),
  STOP_TIMEOUT_MS: count(1, 600_000)
    .prefault('8000')
    .describe('How long a stop waits for work in hand before it gives up, in milliseconds.'),
  EVENTS_KEEP_HOURS: count(1, 87_600)
    .prefault('720')
    .describe('How many hours an event is kept at most, once its deliveries are settled.'),
  EVENTS_KEEP_MB: count(1, 100_000_000)
    .prefault('4096')
    .describe('How many megabytes events and their deliveries may take before the oldest are dropped.'),
  EVENTS_REPLAY_HOURS: count(0, 87_600)
    .prefault('24')
    .describe(
      'For how many hours everything can be replayed: nothing younger is dropped, however much it is.',
    ),
  AUDIT_KEEP_DAYS: count(1, 36_500)
    .prefault('365')
    .describe(
      'How many days it is kept who did what about dead letters, listeners and routes; never shorter than the event it is about.',
    ),
  BLOCKED_LIMIT_MS: count(1_000, 600_000)
    .prefault('30000')
    .describe('A process whose event loop is blocked for longer than this ends itself, in milliseconds.'),
  DEMO_DATA: bool.prefault('true').describe('Loads a demo data set into an empty database.'),
});

/** The settings as the code uses them: checked, typed, defaults filled in. */
export type Settings = Readonly<z.output<typeof settingsSchema>>;

/** The name of a setting. */
export type SettingName = keyof Settings;

/** Every setting has a name, a sentence and a default. */
export const settingNames = Object.keys(settingsSchema.shape) as SettingName[];

/** Settings that may also be given as `<NAME>_FILE`: the path of a file that holds the value, as secrets are mounted. */
export const secretNames: readonly SettingName[] = [
  'DATABASE_URL',
  'REDIS_URL',
  'CALL_SECRET',
  'NATS_URL',
  'TELEMETRY_DATABASE_URL',
  'OTEL_EXPORTER_OTLP_HEADERS',
];
