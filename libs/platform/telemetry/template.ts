/** Longer templates are cut: what follows tells no two places in the code apart. */
const MAX_TEMPLATE = 100;

/** Words with a digit in them (counts, ids, times), and what stands in quotation marks: they vary from line to line. */
const VARYING = /"[^"]*"|'[^']*'|[\w.:-]*\d[\w.:-]*/g;
const VARIES = /["'\d]/;

/** What the lines of one place in the code have in common: `Order 4711 of "Ada" waits` becomes `Order # of # waits`. */
export function templateOf(message: string): string {
  const begin = message.length > MAX_TEMPLATE ? message.slice(0, MAX_TEMPLATE) : message;
  return VARIES.test(begin) ? begin.replace(VARYING, '#') : begin;
}
