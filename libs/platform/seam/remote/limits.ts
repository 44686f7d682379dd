/** Bounds of everything that another process could make grow. */
export interface ServerLimits {
  /** Longest frame that is read or written. More than any contract needs: what is bigger is paged, or staged. */
  readonly frameBytes: number;
  /** Connections at the same time; the next one is closed at once. */
  readonly connections: number;
  /** Calls of one connection at the same time. Told to the client, which queues what is more. */
  readonly callsPerConnection: number;
  /** Calls of all connections at the same time; what is more is sent back as not taken. */
  readonly calls: number;
  /** The same in characters of their arguments: 2,048 calls of a megabyte would be two gigabytes. */
  readonly callChars: number;
  /** How long a frame may take from its first byte to its last. */
  readonly frameMs: number;
  /** How long a new connection may take to prove that it knows the secret. */
  readonly handshakeMs: number;
  /** Answers that wait for a peer that doesn't read. From here on nothing more is read from it. */
  readonly unsentBytes: number;
  /** How long it may go on not reading before it is dropped. */
  readonly unsentMs: number;
}

export const SERVER_LIMITS: ServerLimits = {
  frameBytes: 1_048_576,
  connections: 256,
  callsPerConnection: 512,
  calls: 2_048,
  callChars: 67_108_864,
  frameMs: 5_000,
  handshakeMs: 3_000,
  unsentBytes: 4_194_304,
  unsentMs: 10_000,
};

/** Bounds of what a client keeps, for each address. */
export interface ClientLimits {
  /** Longest answer that is read. */
  readonly frameBytes: number;
  /** How long connecting and proving the secret may take. */
  readonly connectMs: number;
  /** How long an answer may take from its first byte to its last. */
  readonly frameMs: number;
  /** Calls that wait for a connection or for room on it. */
  readonly waiting: number;
  /** The same in characters of their arguments. */
  readonly waitingChars: number;
  /** Bytes handed to the socket that the peer has not read; what is more waits where it can still be taken back. */
  readonly unsentBytes: number;
  /** How often a call is tried that surely never reached the callee. */
  readonly attempts: number;
  /** First pause after a failed attempt to connect; it doubles up to `longestPauseMs`, with jitter. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** Failures in a row that open the circuit. */
  readonly failures: number;
  /** How long the circuit stays open at first; it doubles up to `longestOpenMs` while probes fail. */
  readonly openMs: number;
  readonly longestOpenMs: number;
  /** A call that timed out is held against the peer only when nothing at all was heard from it for so long. */
  readonly silenceMs: number;
  /** Addresses that nobody called for so long are forgotten, with their connections. */
  readonly idleMs: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  frameBytes: 1_048_576,
  connectMs: 2_000,
  frameMs: 5_000,
  waiting: 10_000,
  waitingChars: 16_777_216,
  unsentBytes: 1_048_576,
  attempts: 3,
  pauseMs: 50,
  longestPauseMs: 1_000,
  failures: 5,
  openMs: 500,
  longestOpenMs: 5_000,
  silenceMs: 500,
  idleMs: 300_000,
};
