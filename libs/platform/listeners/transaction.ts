import type { Reader } from '../conservation/index.js';

/** Runs `work` in one transaction of a connection. */
export async function inTransaction<T>(client: Reader, work: () => Promise<T>): Promise<T> {
  await client.query('begin', []);
  try {
    const result = await work();
    await client.query('commit', []);
    return result;
  } catch (error) {
    await client.query('rollback', []).catch(() => undefined); // the connection is gone, and the transaction with it
    throw error;
  }
}
