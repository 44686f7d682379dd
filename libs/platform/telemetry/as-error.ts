/**
 * Whatever was thrown, as an error that can be read without fear: itself where it is one, else one that says what it was. Strings are thrown,
 * and null, circular objects, and errors whose getters throw.
 */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error && isReadable(thrown)) return thrown;
  return new Error(`Thrown: ${describe(thrown)}`);
}

function isReadable(error: Error): boolean {
  try {
    const { name, message, stack } = error;
    const { code, cause } = error as { code?: unknown; cause?: unknown }; // whoever logs it reads them
    return (
      typeof name === 'string' &&
      typeof message === 'string' &&
      typeof stack !== 'symbol' &&
      [code, cause].length > 0
    );
  } catch {
    return false;
  }
}

function describe(thrown: unknown): string {
  try {
    if (typeof thrown === 'string') return thrown;
    if (thrown instanceof Error) return `an error of class ${thrown.constructor.name} that can't be read`;
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return nameOf(thrown); // circular, or a toJSON that throws
  }
}

function nameOf(thrown: unknown): string {
  try {
    return Object.prototype.toString.call(thrown);
  } catch {
    return 'something that can not be shown';
  }
}
