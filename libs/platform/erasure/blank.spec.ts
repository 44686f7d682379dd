import { z } from 'zod';
import { event } from '../events/event.js';
import { declaredPersonal, type PersonalField } from '../events/personal.js';
import { blank } from './blank.js';

const field = (subjectPath: string, fieldPath: string, become?: string | number): PersonalField => ({
  ...{ type: 'T', subjectKind: 'customer', subjectPath, fieldPath, become },
});

describe('blanking a payload', () => {
  it('leaves what is about others, and says so', () => {
    expect(blank({ id: 12, name: 'Ada' }, [field('id', 'name')], '1')).toBeUndefined();
    expect(blank({ name: 'Ada' }, [field('id', 'name')], '1')).toBeUndefined();
    expect(blank({ id: null, name: 'Ada' }, [field('id.deep', 'name')], '1')).toBeUndefined();
  });

  it('puts a value of the same kind in the place of each', () => {
    const about = { text: 'x', number: 7, yes: true, none: null, many: ['a', { deep: 'b' }], mail: 'a@b.c' };
    const fields = [field('id', 'about'), field('id', 'about.mail', 'erased@example.invalid')];
    expect(blank({ id: 'u', about, kept: 'k' }, fields.reverse(), 'u')).toMatchObject({ changed: true });
    const plain = blank({ id: 'u', about, kept: 'k' }, [field('id', 'about')], 'u');
    expect(plain?.payload).toEqual({
      id: 'u',
      about: {
        ...{ text: '[erased]', number: 0, yes: false, none: null },
        ...{ many: ['[erased]', { deep: '[erased]' }], mail: '[erased]' },
      },
      kept: 'k',
    });
    expect(plain?.values).toEqual(['x', '7', 'a', 'b', 'a@b.c']);
    const mail = [field('id', 'mail', 'erased@example.invalid')];
    expect(blank({ id: 'u', mail: 'a@b.c' }, mail, 'u')?.payload).toEqual({
      id: 'u',
      mail: 'erased@example.invalid',
    });
  });

  it('of elements takes only those that are the subject, and all below a subject that stands above them', () => {
    const payload = {
      buyer: 3,
      lines: [
        { seller: 1, note: 'one' },
        { seller: 2, note: 'two' },
      ],
      byDay: { monday: { note: 'm' } },
    };
    expect(blank(payload, [field('lines.*.seller', 'lines.*.note')], '2')?.payload).toEqual({
      ...payload,
      lines: [
        { seller: 1, note: 'one' },
        { seller: 2, note: '[erased]' },
      ],
    });
    const whole = blank(payload, [field('buyer', 'lines.*.note'), field('buyer', 'byDay.*.note')], '3');
    expect(whole?.values).toEqual(['one', 'two', 'm']);
    expect(blank(whole?.payload, [field('buyer', 'lines.*.note')], '3')).toMatchObject({
      changed: false,
      values: [],
    });
  });
});

describe('a declaration', () => {
  const schema = z.object({
    buyer: z.object({ id: z.number(), name: z.string().optional() }),
    notes: z.array(z.object({ text: z.string() })),
    byDay: z.record(z.string(), z.object({ who: z.string() })),
  });

  it('names places of the payload, and the compiler knows them', () => {
    event('TestDeclared', {
      from: 'customer',
      schema,
      personal: {
        subject: { customer: 'buyer.id' },
        fields: ['buyer.name', 'notes.*.text', { at: 'byDay.*.who', become: '-' }],
      },
    });
    event('TestMistyped', {
      from: 'customer',
      schema,
      // @ts-expect-error there is no such place
      personal: { subject: { customer: 'buyer.id' }, fields: ['buyer.nom'] },
    });
    const known = declaredPersonal().filter(({ type }) => type === 'TestDeclared');
    expect(
      known.map(({ subjectKind, subjectPath, fieldPath, become }) => [
        subjectKind,
        subjectPath,
        fieldPath,
        become,
      ]),
    ).toEqual([
      ['customer', 'buyer.id', 'buyer.name', undefined],
      ['customer', 'buyer.id', 'notes.*.text', undefined],
      ['customer', 'buyer.id', 'byDay.*.who', '-'],
    ]);
  });

  it('calls a kind of subject by a word', () => {
    const personal = { subject: { 'A customer': 'buyer.id' }, fields: ['buyer.name'] } as const;
    expect(() => event('TestOdd', { from: 'customer', schema, personal })).toThrow(
      'name the kind of subject by a word',
    );
  });
});
