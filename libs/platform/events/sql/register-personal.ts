import type { DataSource } from 'typeorm';
import type { PersonalField } from '../personal.js';

// In one order, so that instances that start together can't wait for each other.
const REGISTER = `insert into banyan.personal_fields (type, subject_kind, subject_path, field_path, become)
select type, "subjectKind", "subjectPath", "fieldPath", become
from json_to_recordset($1) as f(type text, "subjectKind" text, "subjectPath" text, "fieldPath" text, become json)
order by 1, 2, 3, 4
on conflict (type, subject_kind, subject_path, field_path) do update set become = excluded.become
where personal_fields.become::text is distinct from excluded.become::text`;

/**
 * Writes into the database what of events is personal, from where an erasure reads it with no application running. Nothing is taken away:
 * what an older version declared still tells where to look in the events that it published.
 */
export async function registerPersonal(source: DataSource, fields: readonly PersonalField[]): Promise<void> {
  if (fields.length > 0) await source.query(REGISTER, [JSON.stringify(fields)]);
}
