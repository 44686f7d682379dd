/** A node of an ESTree with TypeScript: its own fields differ by type. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** Visits a node and everything below it, each with its parents, outermost first. */
export function walk(
  node: Node,
  visit: (node: Node, parents: readonly Node[]) => void,
  parents: Node[] = [],
): void {
  visit(node, parents);
  parents.push(node);
  for (const field in node) {
    const value = node[field];
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) walk(child, visit, parents);
  }
  parents.pop();
}

/** Whether a node has a body of statements of its own. */
export function isFunction(node: Node): boolean {
  const kinds = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];
  return kinds.includes(node.type) && Boolean(node['body']);
}

/** What a reader would call a function: its name, the method's, or the variable's that holds it. */
export function nameOf(node: Node, parents: readonly Node[]): string {
  const holder = parents.at(-1);
  for (const named of [node['id'], holder?.['key'], holder?.['id']]) {
    const name = (named as Node | null | undefined)?.['name'];
    if (typeof name === 'string') return name;
  }
  return 'a function';
}

function isNode(value: unknown): value is Node {
  return typeof (value as Node | null)?.type === 'string';
}
