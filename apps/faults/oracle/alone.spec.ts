import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'),
);

it('the oracle imports nothing but Node, pg and itself: no line of the product can agree with a fault of the product', () => {
  const imports = files.flatMap((name) =>
    [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/from '([^']+)'/g)].map((match) => ({
      name,
      from: match[1] as string,
      leaves: (match[1] as string).startsWith('.') && join(name, '..', match[1] as string).startsWith('..'),
    })),
  );
  expect(imports.length).toBeGreaterThan(20);
  expect(imports.filter(({ from, leaves }) => leaves || !/^(\.|node:|pg$)/.test(from))).toEqual([]);
});

it('looks at the platform through its views only', () => {
  const views = ['published_events', 'delivery_states', 'failed_attempts', 'heard_types', 'operator_actions'];
  const named = files.flatMap((name) =>
    [...readFileSync(join(import.meta.dirname, name), 'utf8').matchAll(/banyan\.(\w+)/g)].map(
      (match) => match[1] as string,
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !views.includes(name))).toEqual([]);
});
