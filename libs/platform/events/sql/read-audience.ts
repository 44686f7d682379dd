/** Who can answer a query. */
export interface Source {
  query(sql: string): Promise<unknown>;
}

/** A listener of an event, and how its lanes are chosen. */
export interface Told {
  readonly type: string;
  readonly listener: string;
  readonly ordered: boolean;
  readonly partitions: number;
}

const AUDIENCE = `select s.type, l.name as listener, l.ordered, l.partitions::int
from banyan.subscriptions s join banyan.listeners l on l.name = s.listener`;

/** Who is told of which event now. */
export async function readAudience(source: Source): Promise<Told[]> {
  return (await source.query(AUDIENCE)) as Told[];
}
