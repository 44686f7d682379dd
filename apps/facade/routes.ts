/** Who answers a request: a module, and the address of a live app that hosts it, if there is one. */
export interface Answerer {
  readonly module: string;
  /** `http://host:port`; undefined while no live app hosts the module. */
  readonly address: string | undefined;
}

/** Where the facade learns who answers what. It asks for every request, so answers come from memory. */
export interface RouteSource {
  /**
   * Who answers; undefined when no module has such a route.
   *
   * @param path without the query, as it came
   * @param besides an address where nobody listens any more: any other that hosts the module
   */
  find(method: string, path: string, besides?: string): Answerer | undefined;
  /** Whether the routes are known; until then, unknown routes are answered 503 in place of 404. */
  ready(): boolean;
}
