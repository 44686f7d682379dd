/** What may wait to be collected, in characters. */
const MOST_WAITING = 8 * 1024 * 1024;

/** Where finished lines wait, beside those that go to standard output; bounded, and what finds no room is counted. */
export class LineBuffer {
  #lines: string[] = [];
  #characters = 0;
  #dropped = 0;

  /** How many wait. */
  get size(): number {
    return this.#lines.length;
  }

  add(line: string): void {
    if (this.#characters + line.length > MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#characters += line.length;
    this.#lines.push(line);
  }

  /** Takes the lines that wait, the oldest first. */
  collect(most: number): string[] {
    if (this.#lines.length <= most) {
      const all = this.#lines;
      this.#lines = [];
      this.#characters = 0;
      return all;
    }
    const some = this.#lines.splice(0, most);
    for (const line of some) this.#characters -= line.length;
    return some;
  }

  /** Lines that found no room since the last time this was asked. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }
}
