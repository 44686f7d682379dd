/** The header fields of a message, in their order and spelling, with the names in lower case beside them. */
export class Fields {
  /** In lower case, in order. */
  readonly names: readonly string[];

  /** @param raw names and values in turn, as Node tells them */
  constructor(private readonly raw: readonly string[]) {
    const names: string[] = [];
    for (let at = 0; at < raw.length; at += 2) names.push((raw[at] as string).toLowerCase());
    this.names = names;
  }

  /** The name of a field as the sender spelled it. */
  spelling(index: number): string {
    return this.raw[index * 2] as string;
  }

  value(index: number): string {
    return this.raw[index * 2 + 1] as string;
  }

  /** Every value of a field, in order. */
  valuesOf(name: string): string[] {
    const values: string[] = [];
    for (let at = this.names.indexOf(name); at !== -1; at = this.names.indexOf(name, at + 1)) {
      values.push(this.value(at));
    }
    return values;
  }
}

/**
 * A name as it is judged. Servers that hand fields over as variables (CGI and its heirs) read `X_Forwarded_For` and
 * `X-Forwarded-For` as the same, so what one of them may not pass the other may not either.
 */
export function judged(name: string): string {
  return name.includes('_') ? name.replaceAll('_', '-') : name;
}
