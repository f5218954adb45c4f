import { carrierKinds } from '../../lib/http/carrier-kinds';
import { compileCarriers } from '../../lib/http/carriers';
import { kindMask } from '../../lib/service/kind-mask';

const carriers = compileCarriers({ scoped: { cookies: ['api-key'] } });

it.each([
  ['authorization:Bearer', kindMask(['secret', 'temporary', 'scoped'])],
  ['Authorization:BEARER', kindMask(['secret', 'temporary', 'scoped'])],
  ['authorization:Basic', 0],
  ['header:X-API-Key', kindMask(['secret', 'scoped'])],
  ['header:X-Other', 0],
  ['query:pubtoken', kindMask(['publishable'])],
  ['query:PUBTOKEN', 0],
  ['cookie:api-key', kindMask(['scoped'])],
  ['cookie:', 0],
])('%s brings the kinds %d', (text, kinds) => {
  expect(carrierKinds(carriers, text)).toBe(kinds);
});

it.each(['', 'pubtoken', 'body:key', ':x'])('%j names no place', (text) => {
  expect(() => carrierKinds(carriers, text)).toThrow(
    'carrier must be authorization, header, query, cookie, a colon',
  );
});
