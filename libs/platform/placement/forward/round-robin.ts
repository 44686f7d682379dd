/**
 * Takes turns: each time that a key comes, its choices begin with the one after the last time's; who is asked first changes
 * evenly, whatever other keys do, and whoever comes after it stands in for it.
 */
export function inTurns<T>(): (key: string, choices: readonly T[]) => readonly T[] {
  const turns = new Map<string, number>();
  return (key, choices) => {
    if (choices.length < 2) return choices;
    const turn = ((turns.get(key) ?? -1) + 1) % choices.length;
    turns.set(key, turn);
    return turn === 0 ? choices : [...choices.slice(turn), ...choices.slice(0, turn)];
  };
}

/** Takes turns: each call with the same key gets the address after the one before; undefined when there is none. */
export function roundRobin(): (key: string, addresses: readonly string[]) => string | undefined {
  const next = inTurns<string>();
  return (key, addresses) => next(key, addresses)[0];
}
