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

const AUDIENCE = 'select type, listener, ordered, partitions::int from banyan.subscriptions';

/** Who is told of which event now. */
export async function readAudience(source: Source): Promise<Told[]> {
  return (await source.query(AUDIENCE)) as Told[];
}
