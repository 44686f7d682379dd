import { parseArgs } from 'node:util';
import { startCarrier } from './carrier.js';

const { values } = parseArgs({ options: { port: { type: 'string', default: '5010' } } });
const carrier = await startCarrier({ port: Number(values.port) });
process.stdout.write(`A carrier listens on ${carrier.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void carrier.stop().then(() => process.exit(0)));
}
