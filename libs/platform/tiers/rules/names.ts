import type { Rule } from './rule.js';

/** Words that say nothing about what is inside, so that everything ends up there. */
const EMPTY_WORDS = /^(commons?|utils?|utilities|helpers?|managers?)$/i;

/** A name says what is inside. */
export const names: Rule = ({ files, folders }) =>
  [...folders, ...files.map((file) => file.path)]
    .filter((path) => EMPTY_WORDS.test((path.split('/').at(-1) as string).replace(/(\.spec)?\.ts$/, '')))
    .map((path) => ({
      rule: 'names',
      file: path,
      says: 'has a name that could hold anything.',
      cure: 'name it after the one thing that it is about, or put what it holds beside its users.',
    }));
