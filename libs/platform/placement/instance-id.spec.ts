import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { instanceId, surelyGone } from './instance-id.js';

/** The name that a process of this number would have. */
const named = (pid: number | undefined) => instanceId().replace(`-${process.pid}-`, `-${pid}-`);

describe('an instance', () => {
  it('is surely gone once its process has died, and not before', async () => {
    const child = spawn('sleep', ['60']);
    const gone = once(child, 'exit');
    const name = named(child.pid);
    expect(surelyGone(name)).toBe(false);
    child.kill('SIGSTOP');
    expect(surelyGone(name)).toBe(false);
    child.kill('SIGKILL');
    await gone;
    expect(surelyGone(name)).toBe(process.platform === 'linux');
    expect(surelyGone(instanceId())).toBe(false);
  });

  it('is not known to be gone on another machine, in another container, or by another form of name', async () => {
    const child = spawn('true');
    await once(child, 'exit');
    const name = named(child.pid);
    expect(surelyGone(`else${name}`)).toBe(false);
    expect(surelyGone(name.replace(hostname(), `${hostname()}-2`))).toBe(false);
    const end = name.lastIndexOf('-') + 1;
    expect(surelyGone(`${name.slice(0, end)}abcdef${name.slice(end + 6)}`)).toBe(false);
    expect(surelyGone(`${hostname()}-${child.pid}-abcdef`)).toBe(false);
    expect(surelyGone('one')).toBe(false);
  });
});
