/** The facade's own health, in the shape that the apps behind it have (@nestjs/terminus). */
export interface Health {
  readonly status: 200 | 503;
  readonly document: object;
}

/**
 * Answers `/health/live`, `/health/ready` and `/health`; undefined for every other path. Only what the facade itself
 * needs is asked: an app that is down makes its own routes fail, and is no reason to take the others out of reach.
 */
export function healthOf(
  path: string,
  state: { readonly ready: boolean; readonly stopping: boolean },
): Health | undefined {
  if (path === '/health/live') return { status: 200, document: { status: 'ok' } };
  if (path !== '/health/ready' && path !== '/health') return undefined;
  const message = state.stopping
    ? 'This instance is stopping. Ask another one.'
    : 'The routes are not known yet. They come as soon as an app has registered; look at `npx banyan instances`.';
  if (state.ready && !state.stopping) {
    const up = { routes: { status: 'up' } };
    return { status: 200, document: { status: 'ok', info: up, error: {}, details: up } };
  }
  const down = { routes: { status: 'down', message } };
  return { status: 503, document: { status: 'error', info: {}, error: down, details: down } };
}
