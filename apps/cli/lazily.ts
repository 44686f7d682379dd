/**
 * A command's own piece, loaded when it runs: a start costs what its command needs, and not what all of them need.
 *
 * @param load imports the file of the piece
 */
export function lazily<Words extends unknown[]>(
  load: () => Promise<(...words: Words) => Promise<number>>,
): (...words: Words) => Promise<number> {
  return async (...words) => (await load())(...words);
}
