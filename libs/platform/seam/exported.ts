/** How a provider came to be exported. */
export type Shape = 'class' | 'factory' | 'value' | 'alias' | 're-export';

/** Something that a business module exports, as the seam sees it. */
export interface Exported {
  /** The business module that exports it. */
  readonly module: string;
  /** Name of its token, as operations and errors show it: `StockApi`. */
  readonly token: string;
  readonly shape: Shape;
  /**
   * `seam`: its methods are called through the seam, so they travel. `bound`: called through the seam, but something
   * keeps its users in one process with it. `local`: handed out as it is, and built anew wherever its users run.
   */
  readonly way: 'seam' | 'bound' | 'local';
  /** Why it is not `seam`. */
  readonly why?: string;
}
