/** A reader of `GET /marks`, for specs. */
export interface MarkReader {
  /** Ids in the order in which they came; the first stands alone, before any mark. */
  readonly ids: number[];
  readonly tids: string[];
  /** Waits until `count` marks have come in all. */
  until(count: number): Promise<void>;
  /** Fulfilled when the line has ended, politely or not. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Begins to read, and returns once the server has answered. */
export async function readMarks(
  url: string,
  options: { query?: string; lastEventId?: number } = {},
): Promise<MarkReader> {
  const stop = new AbortController();
  const headers =
    options.lastEventId === undefined ? undefined : { 'last-event-id': String(options.lastEventId) };
  const response = await fetch(`${url}/marks${options.query ?? ''}`, { headers, signal: stop.signal });
  if (response.status !== 200 || !response.body)
    throw new Error(`GET /marks answered ${response.status}: ${await response.text()}`);
  const ids: number[] = [];
  const tids: string[] = [];
  let wake = () => {};
  const body = response.body;
  const ended = (async () => {
    let rest = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) take(block, ids, tids);
      wake();
    }
  })().catch(() => undefined); // a cut line is an end: whoever misses marks says so

  const until = async (count: number) => {
    const end = AbortSignal.timeout(10_000);
    while (tids.length < count) {
      if (end.aborted) throw new Error(`Only ${tids.length} of ${count} marks came in 10 s.`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        end.addEventListener('abort', () => resolve());
      });
    }
  };
  return { ids, tids, until, ended, close: () => stop.abort() };
}

function take(block: string, ids: number[], tids: string[]): void {
  const id = /^id: (\d+)$/m.exec(block)?.[1];
  const data = /^data: (.*)$/m.exec(block)?.[1];
  if (id) ids.push(Number(id));
  if (data) tids.push((JSON.parse(data) as { tid: string }).tid);
}
