/** Adds up numbers per module, from wherever they come. */
export function perModule(
  ...sources: readonly Iterable<readonly [module: string, count: number]>[]
): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const source of sources)
    for (const [module, count] of source) sum[module] = (sum[module] ?? 0) + count;
  return sum;
}
