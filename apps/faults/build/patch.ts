/** One change of one source file: what stands there, once, and what is to stand there instead. */
export interface Patch {
  /** The source file, from the root: `libs/platform/events/courier.ts`. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

/** A patch that does not fit the source any more: whoever changed the source has to bring it along. */
export class PatchDoesNotApply extends Error {
  override readonly name = 'PatchDoesNotApply';
}

/**
 * The text of a source file after its patches.
 *
 * @throws PatchDoesNotApply when what is to be changed stands there not at all, or more than once
 */
export function patched(file: string, text: string, patches: readonly Patch[]): string {
  return patches.reduce((before, { find, put }) => {
    const found = before.split(find).length - 1;
    if (found === 1) return before.replace(find, () => put);
    const how = found === 0 ? 'is not there any more' : `is there ${found} times`;
    throw new PatchDoesNotApply(
      `A patch of ${file} no longer applies: "${firstLine(find)}" ${how}. Bring the patch to what the source says now.`,
    );
  }, text);
}

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 100);
}
