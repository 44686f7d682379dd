/** One transaction came before another: it wrote before it, was read by it, read what it overwrote, or ended before it began. */
export interface Dependency {
  readonly from: string;
  readonly to: string;
  readonly kind: 'ww' | 'wr' | 'rw' | 'time';
}

/** Cycles among dependencies, one of each knot, named by their kind (Adya's): no order of the transactions explains them. */
export function cyclesOf(dependencies: readonly Dependency[]): string[] {
  const next = new Map<string, Dependency[]>();
  for (const each of dependencies) next.set(each.from, [...(next.get(each.from) ?? []), each]);
  return knotsOf(next).map((knot) => describe(cycleIn(knot, next)));
}

/** Tarjan's strongly connected components of more than one node; with a stack of its own, since histories are long. */
function knotsOf(next: ReadonlyMap<string, readonly Dependency[]>): Set<string>[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const knots: Set<string>[] = [];
  for (const root of next.keys()) {
    if (index.has(root)) continue;
    const work: { node: string; at: number }[] = [{ node: root, at: 0 }];
    while (work.length > 0) {
      const frame = work[work.length - 1] as { node: string; at: number };
      const { node } = frame;
      if (frame.at === 0) {
        index.set(node, index.size);
        low.set(node, index.get(node) as number);
        stack.push(node);
        onStack.add(node);
      }
      const edge = next.get(node)?.[frame.at++];
      if (edge) {
        if (!index.has(edge.to)) work.push({ node: edge.to, at: 0 });
        else if (onStack.has(edge.to))
          low.set(node, Math.min(low.get(node) as number, index.get(edge.to) as number));
        continue;
      }
      work.pop();
      const parent = work.at(-1)?.node;
      if (parent) low.set(parent, Math.min(low.get(parent) as number, low.get(node) as number));
      if (low.get(node) !== index.get(node)) continue;
      const knot = new Set<string>();
      for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
        onStack.delete(each);
        knot.add(each);
        if (each === node) break;
      }
      if (knot.size > 1) knots.push(knot);
    }
  }
  return knots;
}

/** The shortest cycle through some node of a knot. */
function cycleIn(knot: ReadonlySet<string>, next: ReadonlyMap<string, readonly Dependency[]>): Dependency[] {
  const [start] = knot as Set<string>;
  const ways: Dependency[][] = (next.get(start as string) ?? [])
    .filter(({ to }) => knot.has(to))
    .map((each) => [each]);
  const seen = new Set<string>();
  for (let way = ways.shift(); way; way = ways.shift()) {
    const { to } = way.at(-1) as Dependency;
    if (to === start) return way;
    if (seen.has(to)) continue;
    seen.add(to);
    for (const each of next.get(to) ?? []) if (knot.has(each.to)) ways.push([...way, each]);
  }
  return [];
}

function describe(cycle: readonly Dependency[]): string {
  const kinds = cycle.map(({ kind }) => kind);
  const anti = kinds.filter((kind) => kind === 'rw').length;
  const name = anti > 1 ? 'G2' : anti === 1 ? 'G-single' : kinds.includes('wr') ? 'G1c' : 'G0';
  return `${name}: ${cycle.map(({ from, kind }) => `${from} -${kind}→`).join(' ')} ${cycle[0]?.from}`;
}
