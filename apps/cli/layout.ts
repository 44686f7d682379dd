import pc from 'picocolors';

/** Columns of a terminal that doesn't tell, and of files. */
export const WIDTH = 120;

/** cli-table3's own colours come out even where the output is a file. */
export const UNSTYLED = { head: [], border: [] };

/** A long table without a line between its rows. */
export const COMPACT = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** Breaks text between words, and in the middle of those that are longer than a line (cli-table3 would cut them off). */
export function folded(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const end = space > 0 ? space : width;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** In UTC and to the second, as the log lines have it. */
export function moment(at: Date | null): string {
  return at === null ? '-' : at.toISOString().slice(0, 19).replace('T', ' ');
}

/** Titles of a table's columns. */
export function heads(...titles: string[]): string[] {
  return titles.map((title) => pc.dim(title));
}

/** `1 delivery`, `2 deliveries`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
