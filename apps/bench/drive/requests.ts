import type { Answer } from './client.js';

/** One kind of failed request. */
export interface FailedRequests {
  /** `PATCH /cart/:id/add`. */
  readonly request: string;
  /** `503`, `ECONNRESET`, `TIMEOUT`, ... */
  readonly failure: string;
  /** True: there was no answer, so nobody knows whether the system acted. */
  readonly unknown: boolean;
  count: number;
  /** The beginning of the first such answer. */
  readonly sample: string;
}

/** Counts what was sent and what failed: no answer, or an answer other than 2xx. */
export class Requests {
  sent = 0;
  failed = 0;
  private readonly kinds = new Map<string, FailedRequests>();

  /** Takes an answer to account. */
  answered(request: string, answer: Answer): void {
    this.sent++;
    if (!answer.ok) this.failure(request, String(answer.status), false, answer.body.slice(0, 300));
  }

  /** Takes a request without an answer to account. */
  unanswered(request: string, code: string): void {
    this.sent++;
    this.failure(request, code, true, '');
  }

  /** All kinds of failures, the most frequent first. */
  failures(): FailedRequests[] {
    return [...this.kinds.values()].sort((one, other) => other.count - one.count);
  }

  private failure(request: string, failure: string, unknown: boolean, sample: string): void {
    this.failed++;
    const key = `${request} ${failure}`;
    const kind = this.kinds.get(key);
    if (kind) kind.count++;
    else this.kinds.set(key, { request, failure, unknown, count: 1, sample });
  }
}
