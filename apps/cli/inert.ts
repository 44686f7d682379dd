/**
 * What a terminal might obey instead of showing it: control bytes (C0, DEL, C1), and the marks that turn the direction of
 * text round. What gave up is read exactly when something is wrong with it, so none of it is trusted.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text of unknown origin as one line that a terminal shows and never obeys: `\x1b` becomes the five characters `\u001b`. */
export function inert(text: string): string {
  return text
    .replaceAll('\r\n', ' ')
    .replace(UNSAFE, (mark) => (mark === '\n' || mark === '\t' ? ' ' : escaped(mark)));
}

/** JSON that means the same and is safe to print: its own escapes leave DEL, C1 and direction marks as they are. */
export function inertJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSAFE, (mark) => (mark === '\n' ? mark : escaped(mark)));
}

function escaped(mark: string): string {
  return `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
