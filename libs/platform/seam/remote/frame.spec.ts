import fc from 'fast-check';
import { BrokenFrame, encodeFrames, type Frame, FrameReader, frameBytes } from './frame.js';

const frame = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  id: fc.integer({ min: 0, max: 0xffff_ffff }),
  head: fc.string({ unit: 'grapheme' }),
  body: fc.string({ unit: 'grapheme', maxLength: 300 }),
});

/** Reads bytes that arrive in pieces of the given sizes, over and over. */
function read(bytes: Buffer, sizes: readonly number[], limit = 1_048_576): Frame[] {
  const reader = new FrameReader(() => limit);
  const frames: Frame[] = [];
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length] as number;
    reader.push(bytes.subarray(at, at + size), (read) => frames.push(read) > 0);
    at += size;
  }
  return frames;
}

describe('frames', () => {
  it('arrive as they were written, however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 }),
        (frames, sizes) => expect(read(encodeFrames(frames), sizes)).toEqual(frames),
      ),
      { numRuns: 200 },
    );
  });

  it('of random bytes are refused or read, and nothing else is thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.integer({ min: 1, max: 50 }), (bytes, size) => {
        try {
          read(Buffer.from(bytes), [size], 100);
        } catch (error) {
          expect(error).toBeInstanceOf(BrokenFrame);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('are as long as counted, and refused one byte above the limit as soon as the length is there', () => {
    const long: Frame = { kind: 5, id: 1, head: '{"ä":1}', body: 'x'.repeat(500) };
    const bytes = frameBytes(long.head, long.body);
    expect(read(encodeFrames([long]), [64], bytes)).toEqual([long]);
    const reader = new FrameReader(() => bytes - 1);
    expect(() => reader.push(encodeFrames([long]).subarray(0, 4), () => true)).toThrow(
      `a frame of ${bytes} bytes, and ${bytes - 1} are allowed`,
    );
  });

  it('stop being read when the listener says so', () => {
    const reader = new FrameReader(() => 1_000);
    const heard: number[] = [];
    const frames = [1, 2, 3].map((id) => ({ kind: 5, id, head: '', body: '' }));
    reader.push(encodeFrames(frames), ({ id }) => heard.push(id) < 2);
    expect(heard).toEqual([1, 2]);
    expect(reader.inFrame).toBe(false);
  });

  it('of a megabyte in small pieces are put together once: 16 of them take less than a second', () => {
    const big: Frame = { kind: 5, id: 1, head: '', body: 'x'.repeat(1_000_000) };
    const bytes = encodeFrames([big]);
    const began = performance.now();
    for (let time = 0; time < 16; time++) expect(read(bytes, [1_000])).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
