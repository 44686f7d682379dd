/** The same app, four times. */
export const VARIANTS = ['bare', 'pino', 'pino and OpenTelemetry', 'ours'] as const;

export type VariantName = (typeof VARIANTS)[number];
