/** One variant of the app as a process: bare, with stock nestjs-pino, with that and OpenTelemetry, with ours. */
import 'reflect-metadata';
import type { VariantName } from '../variants.js';

const variant = process.argv[2] as VariantName;
// OpenTelemetry must come before what it instruments, which the variants import.
if (variant === 'pino and OpenTelemetry') await import('./open-telemetry.js');
const { start } = await import('./start.js');
const { url, stop } = await start[variant](process.argv[3] ?? '');
process.send?.({ ready: { url } });
process.on('SIGTERM', () => void stop().then(() => process.exit()));
