import type { GiveUpSignal } from './giving-up.js';
import type { RemoteAnswer, RemoteCall } from './remote/remote-call.js';

/** Where modules answer, and the way to those that answer elsewhere. Made of the routes and the transport. */
export interface Placement {
  /** Whether calls to this module are answered by this process, now; may change from call to call (a module being moved). */
  answersHere(module: string): boolean;
  /**
   * Takes a call to where its module answers.
   *
   * @param signal aborted once nobody waits for the answer any more
   * @throws Fault that says whether the callee may have acted
   */
  call(call: RemoteCall, signal: GiveUpSignal): Promise<RemoteAnswer>;
}
