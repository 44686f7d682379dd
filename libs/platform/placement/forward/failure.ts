/** Why there is no answer of the app to pass back, and what the client is told instead. */
export interface Failure {
  /** 503: nothing of the request was sent. 502, 504: the app may have acted. 408: the client was too slow. */
  readonly status: 408 | 502 | 503 | 504;
  readonly detail: string;
}

export const REFUSED: Failure = {
  status: 503,
  detail: 'The app that answers this does not run at the moment. Nothing was done. Ask again in a second.',
};
export const UNREACHABLE: Failure = {
  status: 503,
  detail: 'The app that answers this could not be reached in time. Nothing was done. Ask again in a second.',
};
export const BUSY: Failure = {
  status: 503,
  detail:
    'The app that answers this has too many requests under way. Nothing was done. Ask again in a second.',
};
export const DIED: Failure = {
  status: 502,
  detail: 'The app broke off before it answered. It may have acted: repeat writes with the same id.',
};
export const SILENT: Failure = {
  status: 504,
  detail: 'The app did not answer in time. It may have acted: repeat writes with the same id.',
};
export const STALLED: Failure = {
  status: 408,
  detail: 'The body stopped arriving. Send it again without pauses.',
};

/** What failed on the way to the app, by the code of Node's error. */
export function failureOf(error: Error & { code?: string }): Failure {
  switch (error.code) {
    case 'ECONNREFUSED':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return REFUSED;
    default:
      return DIED;
  }
}
