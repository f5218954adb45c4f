import fc from 'fast-check';
import { InvalidValueError } from '../../lib/errors';
import { isScopeIdentifier, parseScope, scopeOf, type ScopeInput } from '../../lib/keys/scope';

const words = { everything: 'public', aliases: new Map([['guest', 'guests']]) };

describe('parseScope', () => {
  it.each<[ScopeInput, string, string | null, string, string, string]>([
    ['models:read', 'models', null, 'read', 'models:read', 'models:read'],
    ['models.read', 'models', null, 'read', 'models.read', 'models:read'],
    ['models.write', 'models', null, 'write', 'models.write', 'models:write'],
    ['models', 'models', null, '*', 'models', 'models:*'],
    ['models:*', 'models', null, '*', 'models:*', 'models:*'],
    ['*', '*', null, '*', '*', '*'],
    ['floor/f1:readPublic', 'floor', 'f1', 'readPublic', 'floor/f1:readPublic', 'floor/f1:readPublic'],
    ['floor/a.b~c_d-E:*', 'floor', 'a.b~c_d-E', '*', 'floor/a.b~c_d-E:*', 'floor/a.b~c_d-E:*'],
    ['api_keys:re-issue', 'api_keys', null, 're-issue', 'api_keys:re-issue', 'api_keys:re-issue'],
    [{ resource: 'floor' }, 'floor', null, '*', 'floor:*', 'floor:*'],
    [{ resource: 'floor', action: '*' }, 'floor', null, '*', 'floor:*', 'floor:*'],
    [{ resource: 'floor', action: 'update' }, 'floor', null, 'update', 'floor:update', 'floor:update'],
    [{ resource: 'floor', resourceId: '1' }, 'floor', '1', '*', 'floor/1:*', 'floor/1:*'],
    [{ resource: 'a', action: 'b', resourceId: 'c' }, 'a', 'c', 'b', 'a/c:b', 'a/c:b'],
    [{ resource: '*' }, '*', null, '*', '*', '*'],
  ])('reads %j', (input, resource, id, action, text, canonical) => {
    expect(parseScope(input)).toEqual({ resource, id, action, text, canonical });
  });

  it.each<[ScopeInput, string, string]>([
    ['public', 'public', '*'],
    ['public:*', 'public:*', '*'],
    ['public.read', 'public.read', '*:read'],
    ['public:archive', 'public:archive', '*:archive'],
    [{ resource: 'public' }, 'public:*', '*'],
    [{ resource: 'public', action: 'read' }, 'public:read', '*:read'],
    ['guest', 'guest', 'guests:*'],
    ['guest.read', 'guest.read', 'guests:read'],
    ['guest/7:read', 'guest/7:read', 'guests/7:read'],
    ['systems', 'systems', 'systems:*'],
  ])('reads %j with words of a catalogue, keeping the notation', (input, text, canonical) => {
    expect(parseScope(input, words)).toMatchObject({ text, canonical });
  });

  it.each<unknown>([
    '',
    ' ',
    ':',
    ':read',
    'models:',
    'models:read ',
    ' models:read',
    'models:read\n',
    'models: read',
    'models:read:write',
    'models.delete',
    'models.Read',
    'models.read.write',
    'models.',
    '.read',
    '*:read',
    '*:*',
    '*/1:read',
    '**',
    'models:**',
    'models/:read',
    'models/1',
    'models/1.read',
    'models/1/2:read',
    'models/*:read',
    'models/a b:read',
    'models/%31:read',
    `models/${'x'.repeat(129)}:read`,
    `${'m'.repeat(129)}:read`,
    '1models:read',
    '_models:read',
    '__proto__',
    'models:1read',
    'módels:read',
    'models:read"',
    'models:read\\',
    'a b',
    'public/1:read',
    null,
    undefined,
    7,
    ['models:read'],
    {},
    { resource: '' },
    { resource: 7 },
    { resource: null },
    { resource: 'models:read' },
    { resource: 'models/1' },
    { resource: 'models', action: '' },
    { resource: 'models', action: null },
    { resource: 'models', action: undefined },
    { resource: 'models', action: 'read:write' },
    { resource: 'models', action: 'read', resourceId: '' },
    { resource: 'models', action: 'read', resourceId: undefined },
    { resource: 'models', action: 'read', resourceId: 7 },
    { resource: 'models', action: 'read', resourceId: 'a/b' },
    { resource: 'models', action: 'read', resourceID: '1' },
    { resource: '*', action: 'read' },
    { resource: '*', action: '*' },
    { resource: '*', resourceId: '1' },
    { resource: 'public', resourceId: '1' },
    { action: 'read' },
  ])('refuses %j', (input) => {
    expect(() => parseScope(input as ScopeInput, words)).toThrow(InvalidValueError);
  });

  it('reads a canonical form back to itself', () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,9}$/);
    const id = fc.option(fc.stringMatching(/^[A-Za-z0-9._~-]{1,9}$/));
    fc.assert(
      fc.property(name, id, fc.oneof(name, fc.constant('*')), (resource, objectId, action) => {
        const { canonical } = scopeOf(resource, objectId, action);
        expect(parseScope(canonical)).toEqual(scopeOf(resource, objectId, action));
      }),
    );
  });

  it('accepts nothing but scope-tokens of RFC 6749', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        let scope;
        try {
          scope = parseScope(text);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidValueError);
          return;
        }
        expect(scope.text).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
        expect(scope.canonical).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
      }),
    );
  });
});

describe('isScopeIdentifier', () => {
  it.each<[unknown, boolean]>([
    ['models', true],
    ['read-only', true],
    ['a', true],
    ['', false],
    ['1', false],
    ['a.b', false],
    [7, false],
  ])('of %j is %s', (name, is) => {
    expect(isScopeIdentifier(name)).toBe(is);
  });
});
