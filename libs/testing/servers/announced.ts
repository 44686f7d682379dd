/** Addresses of the servers of this test run. */
export interface Servers {
  /** Its Postgres, as the superuser. */
  readonly postgres: string;
  readonly redis: string;
}

/** Environment variables are what Jest hands from its global setup to the processes of the spec files. */
const POSTGRES = 'BANYAN_TEST_POSTGRES';
const REDIS = 'BANYAN_TEST_REDIS';

/** Makes the addresses known to every spec file of this run. */
export function announceServers(servers: Servers): void {
  process.env[POSTGRES] = servers.postgres;
  process.env[REDIS] = servers.redis;
}

/** The servers of this run. @throws Error when the spec file runs without Jest's global setup. */
export function testServers(): Servers {
  const postgres = process.env[POSTGRES];
  const redis = process.env[REDIS];
  if (!postgres || !redis) {
    throw new Error(
      'No test servers: jest.config.mjs must name libs/testing/servers/jest.global-setup.cjs as its globalSetup.',
    );
  }
  return { postgres, redis };
}
