import { parseArgs } from 'node:util';
import { loadSettings } from '#platform/config';
import { instanceId } from '#platform/placement';
import { loggerFor } from '#platform/telemetry';
import { startCarrier } from './carrier.js';

const { values } = parseArgs({ options: { port: { type: 'string', default: '5010' } } });
const carrier = await startCarrier({ port: Number(values.port) });
const log = loggerFor(loadSettings(), { app: 'carrier', instance: instanceId() });
log.info('A carrier listens', { url: carrier.url });
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void carrier.stop().then(() => process.exit(0)));
}
