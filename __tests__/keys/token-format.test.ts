import fc from 'fast-check';
import { InvalidValueError } from '../../lib/errors';
import { BASE62 } from '../../lib/keys/base62';
import { checksum } from '../../lib/keys/checksum';
import { KEY_KINDS } from '../../lib/keys/kinds';
import { createTokenFormat, DEFAULT_PREFIXES } from '../../lib/keys/token-format';

const format = createTokenFormat();
const zeros = (size: number) => new Uint8Array(size);

describe('generate', () => {
  it.each(KEY_KINDS)('makes a %s token that parses back', (kind) => {
    const { token, id } = format.generate(kind);
    expect(token).toMatch(/^[sptr]k_[0-9A-Za-z]{54}$/);
    expect(format.parse(token)).toEqual({ kind, id, secret: token.slice(19, 51) });
  });

  it('is prefix, id, secret, and the checksum of what stands before it', () => {
    const body = `sk_${'0'.repeat(48)}`;
    const { token, id } = createTokenFormat({ randomBytes: zeros }).generate('secret');
    expect(token).toBe(body + checksum(body));
    expect(id).toBe('0'.repeat(16));
  });

  it('never makes the same token twice', () => {
    expect(format.generate('secret').token).not.toBe(format.generate('secret').token);
  });
});

describe('prefixes', () => {
  it('can be replaced one by one', () => {
    const own = createTokenFormat({ prefixes: { secret: 'acme_sk_', scoped: 'sk-' } });
    expect(own.prefixes).toEqual({ ...DEFAULT_PREFIXES, secret: 'acme_sk_', scoped: 'sk-' });
    expect(own.parse(own.generate('scoped').token)?.kind).toBe('scoped');
    expect(own.parse(own.generate('secret').token)?.kind).toBe('secret');
    expect(own.parse(format.generate('secret').token)).toBeNull();
  });

  it.each([
    [{ secret: '_' }, 'secret'],
    [{ secret: 's' }, 'secret'],
    [{ publishable: '' }, 'publishable'],
    [{ temporary: 'tk' }, 'temporary'],
    [{ scoped: '-rk_' }, 'scoped'],
    [{ scoped: 'r k_' }, 'scoped'],
    [{ scoped: 'rk:_' }, 'scoped'],
    [{ scoped: 'ключ_' }, 'scoped'],
    [{ secret: `${'a'.repeat(16)}_` }, 'secret'],
    [{ secret: 7 as never }, 'received 7'],
    [{ secret: undefined as never }, 'received undefined'],
    [{ secret: 'pk_' }, 'begins the prefix of publishable'],
    [{ secret: 'x_', scoped: 'x_y_' }, 'begins the prefix of scoped'],
    [{ bearer: 'bk_' } as never, '"bearer"'],
  ])('%j is refused, naming the subject', (prefixes, named) => {
    expect(() => createTokenFormat({ prefixes })).toThrow(InvalidValueError);
    expect(() => createTokenFormat({ prefixes })).toThrow(named);
  });

  it('may be as short as 2 and as long as 16', () => {
    const prefixes = { secret: 'a_', scoped: `${'b'.repeat(15)}.` };
    expect(createTokenFormat({ prefixes }).prefixes).toMatchObject(prefixes);
  });
});

describe('parse', () => {
  const { token } = format.generate('secret');

  it.each([
    ['nothing', ''],
    ['a prefix alone', 'sk_'],
    ['another prefix', `xk_${token.slice(3)}`],
    ['the prefix in capitals', `SK_${token.slice(3)}`],
    ['another kind with the same rest', `pk_${token.slice(3)}`],
    ['a truncated token', token.slice(0, -1)],
    ['an extended token', `${token}0`],
    ['a space before', ` ${token}`],
    ['NUL inside', `${token.slice(0, 20)}\0${token.slice(21)}`],
    ['a character beyond ASCII', `${token.slice(0, 20)}ā${token.slice(21)}`],
    ['a lone surrogate', `${token.slice(0, 20)}\ud800${token.slice(21)}`],
    ['a checksum of other text', token.slice(0, -6) + checksum('other')],
    ['__proto__', '__proto__'],
    ['a stored hash', 'sha256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU'],
  ])('refuses %s', (_what, text) => {
    expect(format.parse(text)).toBeNull();
  });

  it('refuses characters outside the alphabet even under a right checksum', () => {
    const body = `${token.slice(0, 20)}_${token.slice(21, -6)}`;
    expect(format.parse(body + checksum(body))).toBeNull();
  });

  it('never throws, and accepts only what it would have generated', () => {
    const near = fc
      .tuple(fc.nat(token.length - 1), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([at, text]) => token.slice(0, at) + text + token.slice(at + 1));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => {
        const parsed = format.parse(text);
        if (parsed === null) return;
        const body = format.prefixes[parsed.kind] + parsed.id + parsed.secret;
        expect(text).toBe(body + checksum(body));
      }),
    );
  });

  it('refuses every single mistyped character', () => {
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...BASE62.split('')), (at, char) => {
        fc.pre(token[at] !== char);
        expect(format.parse(token.slice(0, at) + char + token.slice(at + 1))).toBeNull();
      }),
    );
  });
});
