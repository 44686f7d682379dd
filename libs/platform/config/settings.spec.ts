import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Inject, Injectable, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { exampleEnv } from './example.js';
import { loadSettings, SETTINGS, type Settings, SettingsError } from './index.js';
import { SettingsModule } from './settings.module.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'banyan-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const refusal = (options: Parameters<typeof loadSettings>[0]) => {
  try {
    loadSettings(options);
  } catch (error) {
    if (error instanceof SettingsError) return error.message;
    throw error;
  }
  throw new Error('these settings were accepted');
};

describe('the settings', () => {
  it('have a default each, which works on a laptop', () => {
    expect(loadSettings({ env: {}, file: '' })).toEqual({
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: 3000,
      DATA_DIR: resolve('.banyan'),
      DATABASE_URL: '',
      DATABASE_POOL: 20,
      DATABASE_WAIT_MS: 5_000,
      REDIS_URL: '',
      CALL_SECRET: '',
      COMMIT: '',
      TRANSPORT: 'framed',
      NATS_URL: '',
      LOG_LEVEL: 'info',
      LOG_FORMAT: 'auto',
      TRACE_FROM_OUTSIDE: 'trust',
      TELEMETRY_STORE: true,
      TELEMETRY_DATABASE_URL: '',
      TELEMETRY_MAX_MB: 256,
      TELEMETRY_MAX_DAYS: 3,
      TELEMETRY_KEEP_PERCENT: 100,
      TELEMETRY_SLOW_MS: 1_000,
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
      OTEL_EXPORTER_OTLP_HEADERS: '',
      BENCH: false,
      AS_IF_REMOTE: false,
      RAISE_STOCK_FAILED: false,
      PAYMENT_PROVIDER: true,
      PAYMENT_PROVIDER_URL: '',
      PAYMENT_FAIL_PERCENT: 0,
      CARRIER_URL: '',
      CALL_TIMEOUT_MS: 10_000,
      STOP_TIMEOUT_MS: 8_000,
      EVENTS_KEEP_HOURS: 720,
      EVENTS_KEEP_MB: 4_096,
      EVENTS_REPLAY_HOURS: 24,
      AUDIT_KEEP_DAYS: 365,
      BLOCKED_LIMIT_MS: 30_000,
      DEMO_DATA: true,
    });
  });

  it('come from the environment, then from the file, then from the default', () => {
    const file = write('.env', 'PORT=4000\nHOST="0.0.0.0" # everybody\nBENCH=yes\n');
    const settings = loadSettings({ env: { PORT: '5000', PATH: '/bin' }, file });
    expect([settings.PORT, settings.HOST, settings.BENCH, settings.DEMO_DATA]).toEqual([
      5000,
      '0.0.0.0',
      true,
      true,
    ]);
  });

  it('count an empty text as not set, in both places', () => {
    const file = write('.env', 'PORT=4000\nDATA_DIR=\n');
    const settings = loadSettings({ env: { PORT: '' }, file });
    expect([settings.PORT, settings.DATA_DIR]).toEqual([4000, resolve('.banyan')]);
  });

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(loadSettings({ env: {}, file: join(folder, 'missing') }))).toBe(true);
  });

  it('are injected anywhere in an application', async () => {
    @Injectable()
    class Reader {
      constructor(@Inject(SETTINGS) readonly settings: Settings) {}
    }
    @Module({ providers: [Reader] })
    class Inner {}
    const settings = loadSettings({ env: { PORT: '1' }, file: '' });
    const app = await Test.createTestingModule({ imports: [SettingsModule.with(settings), Inner] }).compile();
    expect(app.get(Reader).settings).toBe(settings);
  });
});

describe('a wrong setting', () => {
  it('that is unknown in the file is refused, with the name that may have been meant', () => {
    const file = write('.env', 'DATBASE_URL=postgres://x/y\nredis_url=\nFROBNICATE=1\n');
    const message = refusal({ env: {}, file });
    expect(message).toContain('unknown setting DATBASE_URL in .env, did you mean DATABASE_URL?');
    expect(message).toContain('unknown setting redis_url in .env, did you mean REDIS_URL?');
    expect(message).toMatch(/unknown setting FROBNICATE in .env$/m);
  });

  it('that is unknown in the environment is somebody else’s', () => {
    expect(loadSettings({ env: { DATBASE_URL: 'x' }, file: '' }).DATABASE_URL).toBe('');
  });

  it('is told together with all others, each with its rule and its source', () => {
    const file = write('.env', 'PAYMENT_FAIL_PERCENT=101\nLOG_FORMAT=xml\n');
    expect(
      refusal({ env: { PORT: '3000x', BENCH: 'maybe', CARRIER_URL: 'carrier' }, file }),
    ).toBe(`5 settings are wrong:
  PORT must be a whole number from 0 to 65535, not "3000x" (from the environment)
  LOG_FORMAT must be auto or pretty or json, not "xml" (from .env)
  BENCH must be true or false, not "maybe" (from the environment)
  PAYMENT_FAIL_PERCENT must be a whole number from 0 to 100, not "101" (from .env)
  CARRIER_URL must be an address such as http://127.0.0.1:5010, or empty, not "carrier" (from the environment)
Mend the environment or .env; .env.example lists all settings.`);
  });

  it('is one sentence and its cure when it is the only one', () => {
    expect(refusal({ env: { DATABASE_POOL: '0' }, file: '' })).toBe(
      'DATABASE_POOL must be a whole number from 1 to 500, not "0" (from the environment). ' +
        'Mend the environment or .env; .env.example lists all settings.',
    );
  });

  it('never shows a secret', () => {
    const message = refusal({
      env: { DATABASE_URL: 'mysql://me:hunter2@host/db', REDIS_URL: 'hunter2' },
      file: '',
    });
    expect(message).toContain('DATABASE_URL must be an address such as postgres://');
    expect(message).not.toContain('hunter2');
  });
});

describe('a secret', () => {
  it('can be kept in a file', () => {
    const secret = write('secret', 'postgres://me:pw@host:5432/db\n');
    expect(loadSettings({ env: { DATABASE_URL_FILE: secret }, file: '' }).DATABASE_URL).toBe(
      'postgres://me:pw@host:5432/db',
    );
    expect(
      loadSettings({ env: {}, file: write('.env', `DATABASE_URL_FILE=${secret}`) }).DATABASE_URL,
    ).toContain('me:pw');
  });

  it('in the environment wins over a file named in .env', () => {
    const file = write('.env', `REDIS_URL_FILE=${write('secret', 'redis://from-file')}`);
    expect(loadSettings({ env: { REDIS_URL: 'redis://from-env' }, file }).REDIS_URL).toBe('redis://from-env');
  });

  it('that is given twice, or whose file is missing or empty, is refused', () => {
    const env = {
      DATABASE_URL: 'postgres://a/b',
      DATABASE_URL_FILE: write('empty', '\n'),
      REDIS_URL_FILE: '/nowhere',
    };
    const message = refusal({ env, file: '' });
    expect(message).toContain(
      'DATABASE_URL and DATABASE_URL_FILE are both set in the environment: remove one',
    );
    expect(message).toContain('empty, which is empty');
    expect(message).toContain('REDIS_URL_FILE in the environment names /nowhere, which does not exist');
  });
});

describe('.env.example', () => {
  it('lists exactly the settings, with what they are for and their defaults', () => {
    expect(readFileSync(join(__dirname, '../../../.env.example'), 'utf8')).toBe(exampleEnv());
  });

  it('can be copied to .env and changes nothing', () => {
    expect(loadSettings({ env: {}, file: write('.env', exampleEnv()) })).toEqual(
      loadSettings({ env: {}, file: '' }),
    );
  });
});
