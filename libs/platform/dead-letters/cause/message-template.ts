/** A template needs no more to tell causes apart, and expressions over a megabyte take their time. */
const READ = 2_000;
const LONGEST = 300;

/** Behind one of these words a quoted name is part of the cause, not a value: `constraint "orders_tid"`. */
const NAMES_FOLLOW =
  /\b(?:column|constraint|database|event|function|index|listener|method|module|operator|parameter|property|reading|relation|role|schema|sequence|setting|table|trigger|type)\s*\(?$/i;
const NAME = /^[A-Za-z_$][\w$.]*$/;

/** A quote begins and ends at the edge of a word, or "can't" and "won't" would enclose one. */
const QUOTED = /(?<!\w)(["'`])((?:\\.|(?!\1)[^\\])*)\1(?!\w)/g;
const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const DATE = /\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[-+]\d\d:?\d\d)?)?/g;
const HEX = /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,}\b/gi;
const TOKEN = /\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}\b/g;
const NUMBER = /[-+]?\d+(?:[.,:]\d+)*(?:e[-+]?\d+)?/gi;
const LIST = /(#|<\w+>)(?:, ?\1)+/g;

/**
 * What all messages of one cause have in common: values in quotes, ids, dates and numbers are replaced. Names of constraints,
 * columns and the like stay, since another constraint is another cause.
 *
 * @example templateOf('Order 7 of "ada" is gone') === 'Order # of <value> is gone'
 */
export function templateOf(message: string): string {
  return message
    .slice(0, READ)
    .replace(QUOTED, (whole, _quote, content: string, at: number, text: string) =>
      isName(content, text.slice(Math.max(0, at - 20), at), text.slice(at + whole.length))
        ? whole
        : '<value>',
    )
    .replace(EMAIL, '<email>')
    .replace(UUID, '<id>')
    .replace(DATE, '<date>')
    .replace(HEX, '<id>')
    .replace(TOKEN, '<id>')
    .replace(NUMBER, '#')
    .replace(LIST, '$1')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST);
}

/** Behind a word that names follow, or before a colon: a key of JSON. */
function isName(content: string, before: string, after: string): boolean {
  return NAME.test(content) && (NAMES_FOLLOW.test(before) || /^\s*:/.test(after));
}
