const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Numbers of the levels, as they are kept. */
export const LEVEL_VALUES: Readonly<Record<string, number>> = {
  ...{ trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 },
};

/** @returns milliseconds of `30s`, `10m`, `2h`, `3d`; undefined for other words */
export function durationOf(words: string): number | undefined {
  const [, count, unit] = /^([1-9]\d{0,4})([smhd])$/.exec(words) ?? [];
  return count === undefined || unit === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}

/** @returns the moment of a time ago (`10m`) or of `2026-11-26T08:00:00Z`; undefined for other words */
export function momentOf(words: string): Date | undefined {
  const ago = durationOf(words);
  const at = ago === undefined ? new Date(words) : new Date(Date.now() - ago);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

/** @returns 32 hex digits of a trace id, a UUID or a `traceparent`; undefined for other words */
export function traceIdOf(words: string): string | undefined {
  const digits =
    /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i.exec(words)?.[1] ?? words.replaceAll('-', '');
  return /^[0-9a-f]{32}$/i.test(digits) ? digits.toLowerCase() : undefined;
}
