import type { Questions, Row } from './database.js';
import type { Invariant, Scope } from './invariants/invariant.js';

/** So many rows of a violated invariant are shown. */
const SAMPLE = 5;

/** What became of one invariant. */
export interface Judgement {
  readonly id: string;
  readonly claim: string;
  /** Rows that violate it; 0 when it holds. */
  readonly violations: number;
  /** The first of them. */
  readonly sample: readonly Row[];
}

/** Evaluates invariants one after the other, each from one snapshot. */
export async function judge(
  database: Questions,
  invariants: readonly Invariant[],
  scope: Scope,
): Promise<Judgement[]> {
  const judgements: Judgement[] = [];
  for (const { id, claim, sql, params } of invariants) {
    const rows = await database.query(
      `select *, count(*) over () as violations_in_all from (${sql}) as violation limit ${SAMPLE}`,
      params?.(scope) ?? [],
    );
    judgements.push({
      id,
      claim,
      violations: Number(rows[0]?.['violations_in_all'] ?? 0),
      sample: rows.map(({ violations_in_all: _, ...row }) => row),
    });
  }
  return judgements;
}
