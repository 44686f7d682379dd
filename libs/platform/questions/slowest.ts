import { type Conversation, conversations, criticalPath, type Stretch } from './conversations.js';
import type { StoreReader } from './store.js';

/** A conversation, and where its time went. */
export interface SlowConversation extends Pick<Conversation, 'trace' | 'entry' | 'at' | 'ms'> {
  readonly path: readonly Stretch[];
}

/** The slowest of the conversations that were seen. */
export interface SlowAnswer {
  readonly seen: number;
  /** Streams of events among them, which last as long as somebody listens: left out, unless their entry is asked for. */
  readonly streams: number;
  readonly slowest: readonly SlowConversation[];
}

/** The slowest conversations of the last `seconds`, from their entry to their last hop; parameters as {@link conversations} has them. */
export async function slowest(
  store: StoreReader,
  seconds: number,
  { entry, limit, most }: { readonly entry?: string; readonly limit: number; readonly most?: number },
): Promise<SlowAnswer> {
  const found = await conversations(store, seconds, entry, most);
  const ended =
    entry === undefined ? found.filter(({ spans }) => !spans.some(({ stream }) => stream)) : found;
  const first = [...ended].sort((a, b) => b.ms - a.ms).slice(0, limit);
  return {
    seen: found.length,
    streams: found.length - ended.length,
    slowest: first.map((each) => ({
      ...{ trace: each.trace, entry: each.entry, at: each.at, ms: each.ms },
      path: criticalPath(each),
    })),
  };
}
