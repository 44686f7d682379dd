import type { Frame } from './stack-text.js';

/** Code that is not the application's: packages, Node, what was evaluated. */
const FOREIGN = /(?:^|\/)node_modules\/|^node:|^internal\/|^<|^native$|^evalmachine/;

/** The platform calls the business: where both stand in a stack, the business is to blame. */
const PLATFORM = /(?:^|\/)libs\/platform\//;

/**
 * The place in the application that an error came from: its topmost frame there, as `reserve (libs/stock/stock.data)`. Without
 * line and column, which every deploy changes, and without the folder that the app runs from, which every placement changes.
 *
 * @returns undefined when no frame is the application's
 */
export function inAppFrame(frames: readonly Frame[]): string | undefined {
  const ours = frames.filter((frame) => !FOREIGN.test(frame.file));
  const frame = ours.find((each) => !PLATFORM.test(each.file)) ?? ours[0];
  return frame && `${nameOf(frame.call)} (${placeOf(frame.file)})`;
}

/**
 * The method or function alone. The class before it is what V8 makes of the receiver, and a minifier renames it; so it does
 * with functions, and a name of one or two letters differs from build to build.
 */
function nameOf(call: string): string {
  const name = call
    .replace(/ \[as .*\]$/, '')
    .replace(/^new /, '')
    .split('.')
    .at(-1) as string;
  return name.length <= 2 || name === '<anonymous>' ? 'anonymous' : name;
}

/** The same for `/home/me/shop/libs/a/b.ts`, `/app/dist/libs/a/b.js` and `C:/shop/libs/a/b.ts`. */
function placeOf(file: string): string {
  const bare = file.replace(/[?#].*$/, '').replace(/\.[cm]?[jt]sx?$/, '');
  const [, built] = /.*\/dist\/(.+)$/.exec(bare) ?? [];
  const path = built ?? bare;
  const inRepository = /(?:.*\/|^)((?:libs|apps|packages)\/.+)$/.exec(path)?.[1];
  const inSources = /(?:.*\/|^)src\/(.+)$/.exec(path)?.[1];
  return withoutHash(inRepository ?? inSources ?? built ?? path.split('/').slice(-2).join('/'));
}

/** Bundlers put a hash of the content into the name: `main-3fa81c2b.js`. */
function withoutHash(path: string): string {
  return path.replace(/[-.](?=[\dA-Za-z]*\d)[\dA-Za-z]{6,}(?=[-.]|$)/g, '');
}
