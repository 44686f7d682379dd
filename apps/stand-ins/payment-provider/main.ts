import { startPaymentProvider } from './payment-provider.js';

/** `node dist/apps/stand-ins/payment-provider/main.js [port]`: the payment provider's stand-in by itself; 5009 unless told. */
const provider = await startPaymentProvider({
  port: Number(process.argv[2] ?? 5009),
});
console.log(
  `The payment provider's stand-in listens on ${provider.url}. PATCH /behaviour makes it misbehave.`,
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider.stop());
