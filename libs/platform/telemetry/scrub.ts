import { HIDDEN_CARD, hideCardNumbers, isCardNumber } from './card-number.js';

/** What stands in a line where a secret stood. */
export const HIDDEN = '[hidden]';

/** Deeper than this a value is cut, so that nesting cannot exhaust the stack. */
const MAX_DEPTH = 16;

/**
 * Names of secrets, compared without case, `_` and `-`; a longer name that ends in one counts too (`accessToken`).
 * `parameters` and `driverError` hold the values of a failed query on TypeORM's error: they are people's data.
 */
const SECRET_NAME =
  /(?:password|passwd|passphrase|pwd|secret|token|authorization|cookie|apikey|privatekey|accesskey|credentials?|securitycode|securitynumber|cvv2?|cvc2?)s?$|^(?:card(?!brand|type|inality).*|pan|holdername|parameters|drivererror)$/;

/** The same names in running text, followed by `=` or `:` and the value, quoted (also within JSON in a string) or not. */
const SECRET_IN_TEXT =
  /((?:passw(?:or)?d|passphrase|pwd|secret|token|authorization|api[-_ ]?key|private[-_ ]?key|access[-_ ]?key|credentials?|card[-_ ]?(?:number|code|security[-_ ]?\w*|holder[-_ ]?\w*|expir\w*)|cvv2?|cvc2?)["'\\]*\s*[:=]\s*["'\\]*)(?:(?:bearer|basic)\s+)?[^\s"'\\,;&)}\]]+/gi;
const COOKIE_IN_TEXT = /(cookie["'\\]*\s*[:=]\s*["'\\]*)[^\r\n"\\]+/gi;
const BEARER = /\b(bearer\s+)[\w.~+/=-]{6,}/gi;
const BASIC = /\b([Bb]asic\s+)(?=\S*[0-9=+/])[A-Za-z0-9+/=]{8,}/g;
const JWT = /\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*/g;
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/"'<>]*@/gi;

/** Whether the value under this name is a secret, whatever it is. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/[_-]/g, '').toLowerCase());
}

/** Takes secrets out of a text: card numbers, credentials in URLs, `password=…` and its kin, bearer tokens. */
export function scrubText(text: string): string {
  return hideCardNumbers(
    text
      .replace(URL_CREDENTIALS, `$1${HIDDEN}@`)
      .replace(COOKIE_IN_TEXT, `$1${HIDDEN}`)
      .replace(SECRET_IN_TEXT, `$1${HIDDEN}`)
      .replace(BEARER, `$1${HIDDEN}`)
      .replace(BASIC, `$1${HIDDEN}`)
      .replace(JWT, HIDDEN),
  );
}

/**
 * Takes secrets out of plain data, as {@link scrubText} does with texts, and hides what stands under the name of a secret
 * at any depth. Returns a copy; true, false and null under such a name are kept, since they give nothing away.
 */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'number') return value > 1e12 && isCardNumber(String(value)) ? HIDDEN_CARD : value;
  if (value === null || typeof value !== 'object') return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => scrub(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    copy[hideCardNumbers(name)] = hides(name, item) ? HIDDEN : scrub(item, depth + 1);
  }
  return copy;
}

function hides(name: string, value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'boolean' && isSecretName(name);
}
