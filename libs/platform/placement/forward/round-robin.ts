/** Takes turns: each call with the same key gets the address after the one before; undefined when there is none. */
export function roundRobin(): (key: string, addresses: readonly string[]) => string | undefined {
  const turns = new Map<string, number>();
  return (key, addresses) => {
    if (addresses.length < 2) return addresses[0];
    const turn = (turns.get(key) ?? -1) + 1;
    turns.set(key, turn % addresses.length);
    return addresses[turn % addresses.length];
  };
}
