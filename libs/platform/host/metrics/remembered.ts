/** Asks at most so often, and once for all who ask meanwhile: whoever scrapes does not decide what that costs. */
export function remembered<T>(forMs: number, ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let at = Number.NEGATIVE_INFINITY;
  return () => {
    if (answer === undefined || performance.now() - at > forMs) {
      at = performance.now();
      answer = ask();
      answer.catch(() => {
        answer = undefined;
      });
    }
    return answer;
  };
}
