// The image's health check: exits with 0 when the application in this container answers at all. The slim image has no curl.
const url = `http://127.0.0.1:${process.env.PORT || 3000}/health/live`;
const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch((error) => error);
if (!answer.ok) console.error(`${url}: ${answer.status ?? answer.cause?.code ?? answer.message}`);
process.exitCode = answer.ok ? 0 : 1;
