import { Injectable } from '@nestjs/common';
import { type Unit, UnitOfWork } from '#platform/work';
import type { TransactionMark } from './contract/benchmark.events.js';

/** A mark as drivers get it. */
export interface RecordedMark extends TransactionMark {
  /** Position in the stream. */
  readonly id: number;
  /** When it was recorded. */
  readonly at: string;
}

const RECORD = `
  insert into benchmark.transaction_marks (tid, type, actor_id, status, source) values ($1, $2, $3, $4, $5)`;

// A bigint leaves as text, to_json writes it as a number: ids stay below 2^53 for some millennia.
const AFTER = `
  select json_build_object('id', id, 'tid', tid, 'type', type, 'actorId', actor_id, 'status', status, 'source', source,
    'at', at) as mark
    from benchmark.transaction_marks where id > $1 order by id limit $2`;

const LAST = 'select coalesce(max(id), 0)::text as id from benchmark.transaction_marks';

/** The marks, in the order in which they were recorded. */
@Injectable()
export class BenchmarkData {
  constructor(private readonly work: UnitOfWork) {}

  /** Must be called by one transaction at a time in the whole system: then ids become visible in their order. */
  async record(mark: TransactionMark, unit: Unit): Promise<void> {
    await unit.query(RECORD, [mark.tid, mark.type, mark.actorId, mark.status, mark.source]);
  }

  /** The marks after position `id`, at most `limit`. */
  after(id: number, limit: number): Promise<RecordedMark[]> {
    return this.work.read(async (unit) => {
      const rows = await unit.query<{ mark: RecordedMark }>(AFTER, [id, limit]);
      return rows.map((row) => row.mark);
    });
  }

  /** Position of the last mark; 0 if there is none. */
  last(): Promise<number> {
    return this.work.read(async (unit) => Number((await unit.query<{ id: string }>(LAST))[0]?.id ?? 0));
  }

  /** Forgets all marks. Positions go on counting, so a driver that is connected misses nothing. */
  forget(): Promise<void> {
    return this.work.run(async (unit) => {
      await unit.query('delete from benchmark.transaction_marks');
    });
  }
}
