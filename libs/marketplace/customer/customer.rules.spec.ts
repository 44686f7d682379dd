import { maskCard } from './customer.rules.js';

describe('a masked card number', () => {
  it('shows the last four digits', () => {
    expect(maskCard('4111 1111 1111 1234')).toBe('**** **** **** 1234');
    expect(maskCard('378282246310005')).toBe('**** **** **** 0005');
  });

  it('shows nothing of a number that is too short to hide the rest', () => {
    expect(maskCard('12345')).toBe('**** **** **** ****');
    expect(maskCard('')).toBe('');
  });

  it('masks what is masked already to itself', () => {
    expect(maskCard(maskCard(''))).toBe('');
  });
});
