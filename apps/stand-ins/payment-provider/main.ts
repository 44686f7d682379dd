import { loadSettings } from '#platform/config';
import { instanceId } from '#platform/placement';
import { loggerFor } from '#platform/telemetry';
import { startPaymentProvider } from './payment-provider.js';

/** `node dist/apps/stand-ins/payment-provider/main.js [port]`: the payment provider's stand-in by itself; 5009 unless told. */
const provider = await startPaymentProvider({
  port: Number(process.argv[2] ?? 5009),
});
const log = loggerFor(loadSettings(), { app: 'payment-provider', instance: instanceId() });
log.info("The payment provider's stand-in listens. PATCH /behaviour makes it misbehave.", {
  url: provider.url,
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider.stop());
