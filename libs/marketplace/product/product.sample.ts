/** A product as a seller offers it, for specs. */
export const product = (parts: Record<string, unknown> = {}) => ({
  seller_id: 1,
  product_id: 1,
  name: 'tea',
  sku: 'TEA0000000000001',
  category: 'drinks',
  description: 'leaves',
  price: 10,
  freight_value: 1.5,
  status: 'approved',
  active: true,
  version: '0',
  ...parts,
});
