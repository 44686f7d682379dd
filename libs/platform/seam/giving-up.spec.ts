import { cancelledBy, givenUpWithCallers } from './cancelled.js';
import { GivingUp } from './giving-up.js';

describe('giving up', () => {
  it('is told once, with its reason, to those who still listen', () => {
    const told: string[] = [];
    const call = new GivingUp();
    const gone = () => told.push('gone');
    call.addEventListener('abort', gone);
    call.addEventListener('abort', () => told.push(`because ${String(call.reason)}`));
    call.removeEventListener('abort', gone);
    expect(call.aborted).toBe(false);
    call.abort('time is over');
    call.abort('again');
    call.addEventListener('abort', gone);
    expect(told).toEqual(['because time is over']);
    expect(call.aborted).toBe(true);
  });

  it.each([
    ['ours', () => new GivingUp()],
    ['an AbortController', () => new AbortController()],
  ])('of the work above gives up the calls that it makes, until they are over: %s', (_, make) => {
    const above = make();
    const signal = above instanceof GivingUp ? above : above.signal;
    const [under, done, late] = [new GivingUp(), new GivingUp(), new GivingUp()];
    cancelledBy(signal, () => {
      givenUpWithCallers(under);
      givenUpWithCallers(done)?.();
    });
    above.abort('the caller left');
    cancelledBy(signal, () => givenUpWithCallers(late));
    expect([under.reason, done.aborted, late.reason]).toEqual(['the caller left', false, 'the caller left']);
    expect(givenUpWithCallers(new GivingUp())).toBeUndefined(); // nobody above
  });
});
