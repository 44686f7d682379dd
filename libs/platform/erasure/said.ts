import type { Found } from './find.js';
import { MOST_WORDS, tellsByItself, tellsInContext } from './words.js';

/** What the events of a subject say of it, and where else that may have been said. */
export class Said {
  /** Of its events, in their order. */
  readonly ids: string[] = [];
  private readonly inTraces = new Set<string>();
  private readonly values = new Set<string>();

  add(found: readonly Found[]): void {
    for (const { id, trace, values } of found) {
      this.ids.push(id);
      if (trace !== undefined && values.length > 0) this.inTraces.add(trace);
      for (const value of values) if (tellsInContext(value)) this.values.add(value);
    }
  }

  get traces(): string[] {
    return [...this.inTraces];
  }

  /** What is looked for in its traces, and what everywhere; of too many values the longest. */
  words(): { readonly inTraces: string[]; readonly everywhere: string[] } {
    const longest = [...this.values].sort((a, b) => b.length - a.length).slice(0, MOST_WORDS);
    return { inTraces: longest, everywhere: longest.filter(tellsByItself) };
  }

  /** How many values were looked for, and where; how many not at all. */
  get looked() {
    const { inTraces, everywhere } = this.words();
    return {
      inTraces: inTraces.length - everywhere.length,
      everywhere: everywhere.length,
      tooMany: this.values.size - inTraces.length,
    };
  }
}
