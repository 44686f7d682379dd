/** Makers of what nobody should throw, and somebody does, by name. */
export const THROWN: Record<string, () => unknown> = {
  text: () => 'just a text',
  null: () => null,
  circular: () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    return circle;
  },
  getter: () =>
    Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no');
      },
    }),
  code: () =>
    Object.defineProperty(new Error('x'), 'code', {
      get: () => {
        throw new Error('no');
      },
    }),
  'its own cause': () => {
    const error = new Error('round and round') as Error & { cause: unknown };
    error.cause = error;
    return error;
  },
  NUL: () => new Error('a \u0000 in it'),
  'NUL in its name': () => Object.assign(new Error('odd'), { name: 'a \u0000 in it' }),
  megabyte: () => new Error('x'.repeat(2_000_000)),
};
