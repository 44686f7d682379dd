import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDecisions, readHistory } from './history.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'history-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function told(...types: string[]) {
  const lines = types.map((type, at) =>
    JSON.stringify({ t: String(at), opId: 'a', f: 'transfer', type, args: {}, trace: 't' }),
  );
  writeFileSync(join(folder, 'history.jsonl'), lines.join('\n'));
  return readHistory(folder)[0]?.type;
}

it.each([
  ['ok', ['invoke', 'ok']],
  ['fail', ['invoke', 'fail']],
  ['info', ['invoke', 'info']],
  ['info', ['invoke']],
  ['info', ['invoke', 'info', 'invoke', 'fail']],
  ['ok', ['invoke', 'info', 'invoke', 'ok']],
  ['ok', ['invoke', 'fail', 'invoke', 'ok']],
  ['info', ['invoke', 'fail', 'invoke']],
])('is %s after %j', (type, lines) => {
  expect(told(...lines)).toBe(type);
});

it('knows which of the operators’ decisions their commands have taken for done, in the order of that', () => {
  const lines = [
    { id: 1, action: 'discard', listener: 'a', event: '7' },
    { id: 2, action: 'replay', listener: 'a', event: '7' },
    { id: 3, action: 'resolve', listener: 'a', event: '8' },
    { id: 2, code: 0 },
    { id: 1, code: 1 },
  ];
  writeFileSync(join(folder, 'decisions.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
  expect(readDecisions(folder)).toEqual([
    { action: 'replay', listener: 'a', event: '7', acknowledged: true },
    { action: 'discard', listener: 'a', event: '7', acknowledged: false },
    { action: 'resolve', listener: 'a', event: '8', acknowledged: false },
  ]);
});

it('leaves out half a line of a process that was killed', () => {
  writeFileSync(join(folder, 'history.jsonl'), '{"t":"1","opId":"a","f":"x","type":"invoke"}\n{"t":"2","op');
  expect(readHistory(folder)).toHaveLength(1);
});
