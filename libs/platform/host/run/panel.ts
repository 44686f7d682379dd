import pc from 'picocolors';

/** A line of the panel: what, and its value. */
export type PanelLine = readonly [label: string, value: string];

/** The short account at the end of a start: addresses, what runs where, what to try next. */
export function panel(title: string, sections: readonly (readonly PanelLine[])[]): string {
  const width = Math.max(...sections.flat().map(([label]) => label.length));
  const rows = sections.map((lines) =>
    lines.map(([label, value]) => `  ${pc.dim(label.padEnd(width))}  ${value}`).join('\n'),
  );
  return `\n${pc.bold(pc.green(title))}\n\n${rows.join('\n\n')}\n\n`;
}
