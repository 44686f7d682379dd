import pc from 'picocolors';

/** What people see while an app starts: a line per step, and how long it took. */
export class Progress {
  private readonly from = performance.now();

  constructor(private readonly out: { write(text: string): unknown } = process.stderr) {}

  /** Says what begins now, does it, and says that it is done. */
  async step<T>(what: string, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    this.out.write(`${pc.dim('·')} ${what} …\n`);
    const result = await work();
    const seconds = (performance.now() - began) / 1000;
    if (seconds >= 1) this.note(`${what}: done in ${seconds.toFixed(1)} s`);
    return result;
  }

  /** One line below a step. */
  note(line: string): void {
    this.out.write(`  ${pc.dim(line)}\n`);
  }

  /** How long everything has taken until now, in seconds. */
  get seconds(): number {
    return (performance.now() - this.from) / 1000;
  }
}
