import { ConfigurationError, InvalidValueError } from '../../lib/errors';
import { parseScope } from '../../lib/keys/scope';
import { defineScopes, OPEN_CATALOGUE, type ScopeDefinition } from '../../lib/keys/scope-catalogue';

const catalogue = defineScopes({
  resources: {
    floor: {
      actions: ['readPublic', 'readPrivate', 'update'],
      publishable: ['readPublic'],
      description: 'Floor plans',
    },
    models: ['read', 'write', 'archive'],
    textures: { actions: ['read'], publishable: ['read'] },
    guests: ['read', 'write'],
  },
  levels: { 'read-only': ['models.read', 'public.read'], admin: ['*'] },
  implies: { 'models:archive': ['models:write'], 'models:write': ['models:read', 'textures'] },
  everything: 'public',
  aliases: { guest: 'guests' },
});
const texts = (scopes: readonly { readonly text: string }[] | null) =>
  scopes?.map(({ text }) => text) ?? null;

describe('parse', () => {
  it.each([
    ['models:read', 'models:read'],
    ['models.write', 'models:write'],
    ['models', 'models:*'],
    ['floor/f1:update', 'floor/f1:update'],
    ['*', '*'],
    ['public', '*'],
    ['public.read', '*:read'],
    ['public:archive', '*:archive'],
    ['guest.read', 'guests:read'],
  ])('reads %s as %s', (text, canonical) => {
    expect(catalogue.parse(text)).toMatchObject({ text, canonical });
  });

  it.each([
    ['modls:read', 'there is no resource "modls": did you mean models?'],
    ['gest', 'did you mean guest or guests?'],
    ['constructor:read', 'there is no resource "constructor": known: floor, models, textures, guests, guest'],
    ['models:raed', 'models has no action "raed": did you mean read?'],
    ['floor.read', 'floor has no action "read": known: readPublic, readPrivate, update'],
    ['floor:toString', 'floor has no action "toString"'],
    ['public:fly', 'no resource has the action "fly" of "public:fly"'],
    ['models:', '"models:" is not a scope'],
  ])('refuses %s: %s', (text, message) => {
    expect(() => catalogue.parse(text)).toThrow(InvalidValueError);
    expect(() => catalogue.parse(text)).toThrow(message);
  });
});

describe('levels', () => {
  it('are listed in order and read as scopes', () => {
    expect(catalogue.levels).toEqual(['read-only', 'admin']);
    expect(texts(catalogue.level('read-only'))).toEqual(['models.read', 'public.read']);
    expect(catalogue.level('toString')).toBeNull();
  });
});

describe('isPublishable', () => {
  it.each([
    ['floor:readPublic', true],
    ['floor/f1:readPublic', true],
    ['floor:update', false],
    ['floor', false],
    ['textures', true],
    ['textures/1:*', true],
    ['models.read', false],
    ['public.read', false],
    ['*', false],
  ])('of %s is %s', (text, publishable) => {
    expect(catalogue.isPublishable(catalogue.parse(text))).toBe(publishable);
  });

  it('holds for * when everything is publishable', () => {
    const open = defineScopes({ resources: { map: { actions: ['read'], publishable: ['read'] } } });
    expect(open.isPublishable(open.parse('*'))).toBe(true);
  });

  it('never holds for a resource that is not declared', () => {
    expect(catalogue.isPublishable(parseScope('other:read'))).toBe(false);
    expect(catalogue.isPublishable(parseScope('other'))).toBe(false);
    expect(catalogue.isPublishable(parseScope('floor:other'))).toBe(false);
  });
});

describe('actionsOf', () => {
  it('lists what is declared, once', () => {
    expect(catalogue.resources).toEqual(['floor', 'models', 'textures', 'guests']);
    expect(catalogue.actionsOf('guests')).toEqual(['read', 'write']);
    expect(catalogue.actionsOf('guest')).toBeNull();
    expect(defineScopes({ resources: { a: ['read', 'read'] } }).actionsOf('a')).toEqual(['read']);
  });
});

describe('implied', () => {
  it.each([
    ['models:read', []],
    ['models:write', ['models:read', 'textures:read']],
    ['models:archive', ['models:write', 'models:read', 'textures:read']],
    ['models/1:archive', ['models/1:write', 'models/1:read']],
    ['models', ['textures:read']],
    ['public:archive', ['models:write', 'models:read', 'textures:read']],
    ['*', []],
    ['floor', []],
  ])('of %s is %j', (text, implied) => {
    expect(texts(catalogue.implied(catalogue.parse(text)))).toEqual(implied);
  });

  it('ends where implications go in a circle', () => {
    const circle = defineScopes({
      resources: { a: ['x', 'y'] },
      implies: { 'a:x': ['a:y'], 'a:y': ['a:x'] },
    });
    expect(texts(circle.implied(circle.parse('a:x')))).toEqual(['a:y']);
  });

  it('adds up where one scope is written in two notations', () => {
    const twice = defineScopes({
      resources: { a: ['read', 'x', 'y'] },
      implies: { 'a:read': ['a:x'], 'a.read': ['a:y'] },
    });
    expect(texts(twice.implied(twice.parse('a.read')))).toEqual(['a:x', 'a:y']);
  });
});

describe('describe', () => {
  it('is plain data', () => {
    expect(JSON.parse(JSON.stringify(catalogue.describe()))).toMatchObject({
      resources: [
        {
          resource: 'floor',
          description: 'Floor plans',
          actions: [
            { action: 'readPublic', scope: 'floor:readPublic', publishable: true, implies: [] },
            { action: 'readPrivate', scope: 'floor:readPrivate', publishable: false, implies: [] },
            { action: 'update', scope: 'floor:update', publishable: false, implies: [] },
          ],
        },
        {
          resource: 'models',
          description: '',
          actions: [{}, { implies: ['models:read', 'textures:read'] }, {}],
        },
        { resource: 'textures' },
        { resource: 'guests' },
      ],
      levels: [
        { level: 'read-only', scopes: ['models.read', 'public.read'] },
        { level: 'admin', scopes: ['*'] },
      ],
      everything: 'public',
      aliases: [{ alias: 'guest', resource: 'guests' }],
    });
    expect(defineScopes({ resources: { a: ['b'] } }).describe()).toMatchObject({
      levels: [],
      everything: null,
      aliases: [],
    });
  });
});

describe('defineScopes', () => {
  const resources = { models: ['read', 'write'] };

  it.each<[unknown, string]>([
    [null, 'the definition: must be an object; received null'],
    [{}, 'resources: must be an object; received undefined'],
    [{ resources: [] }, 'resources: must be an object'],
    [{ resources: {} }, 'resources: must name at least one resource'],
    [{ resources: { 'a b': ['read'] } }, 'resources["a b"]'],
    [{ resources: { a: 'read' } }, 'resources["a"]: must be an object; received "read"'],
    [{ resources: { a: [] } }, 'must name at least one action'],
    [{ resources: { a: ['*'] } }, 'resources["a"].actions'],
    [{ resources: { a: [7] } }, 'received 7'],
    [{ resources: { a: {} } }, 'resources["a"].actions: must be an array; received undefined'],
    [{ resources: { a: { actions: ['b'], publishable: ['c'] } } }, '"c" is none of its actions'],
    [{ resources: { a: { actions: ['b'], publishable: 'b' } } }, 'must be an array; received "b"'],
    [{ resources: { a: { actions: ['b'], description: 7 } } }, 'must be a string; received 7'],
    [{ resources: { a: { actions: ['b'], descripton: '' } } }, 'is unknown: did you mean description?'],
    [{ resources, level: {} }, 'level: is unknown: did you mean levels?'],
    [{ resources, levels: [] }, 'levels: must be an object'],
    [{ resources, levels: { 'a b': [] } }, 'levels["a b"]: must be named'],
    [{ resources, levels: { a: 'models' } }, 'levels["a"]: must be an array; received "models"'],
    [{ resources, levels: { a: ['modls'] } }, 'levels["a"]: there is no resource "modls"'],
    [{ resources, levels: { a: [7] } }, 'levels["a"]: a scope must be a string'],
    [{ resources, implies: { modls: [] } }, 'implies["modls"]: there is no resource'],
    [{ resources, implies: { models: [] } }, 'implies["models"]: must be a single action'],
    [{ resources, implies: { '*': [] } }, 'must be a single action'],
    [{ resources, implies: { 'models/1:read': [] } }, 'must be a single action'],
    [{ resources, implies: { 'public.read': [] }, everything: 'public' }, 'must be a single action'],
    [
      { resources, implies: { 'models:write': ['*'] } },
      'must lead to scopes of whole resources; received "*"',
    ],
    [{ resources, implies: { 'models:write': ['models/1:read'] } }, 'must lead to scopes of whole'],
    [{ resources, implies: { 'models:write': ['models:fly'] } }, 'models has no action "fly"'],
    [{ resources, everything: 'models' }, 'everything: must be a name that no resource has'],
    [{ resources, everything: '*' }, 'everything: must be a name that no resource has; received "*"'],
    [{ resources, aliases: { a: 'other' } }, 'aliases["a"]: must stand for a resource; received "other"'],
    [{ resources, aliases: { a: 7 } }, 'must stand for a resource; received 7'],
    [{ resources, aliases: { models: 'models' } }, 'must be a name that stands for nothing else'],
    [{ resources, aliases: { 'a.b': 'models' } }, 'must be a name that stands for nothing else'],
    [
      { resources, aliases: { all: 'models' }, everything: 'all' },
      'must be a name that stands for nothing else',
    ],
    [
      {
        resources: { a: { actions: ['b', 'c'], publishable: ['b'] } },
        implies: { 'a:b': ['a:c'] },
      },
      'names "b", which implies a:c, and that is not publishable',
    ],
  ])('refuses %j', (definition, message) => {
    const define = () => defineScopes(definition as ScopeDefinition);
    expect(define).toThrow(ConfigurationError);
    expect(define).toThrow(expect.objectContaining({ code: 'ERR_LATCHKEY_SCOPE_INVALID' }));
    expect(define).toThrow(message);
  });

  it('takes publishable actions that imply publishable ones', () => {
    const fine = defineScopes({
      resources: { a: { actions: ['b', 'c'], publishable: ['b', 'c'] } },
      implies: { 'a:b': ['a:c'] },
    });
    expect(fine.isPublishable(fine.parse('a:b'))).toBe(true);
  });
});

describe('OPEN_CATALOGUE', () => {
  it('takes every well-formed scope and knows nothing about it', () => {
    const scope = OPEN_CATALOGUE.parse('anything:at-all');
    expect(scope.canonical).toBe('anything:at-all');
    expect(() => OPEN_CATALOGUE.parse('any thing')).toThrow(InvalidValueError);
    expect(OPEN_CATALOGUE.levels).toEqual([]);
    expect(OPEN_CATALOGUE.resources).toEqual([]);
    expect(OPEN_CATALOGUE.level('admin')).toBeNull();
    expect(OPEN_CATALOGUE.isPublishable(scope)).toBe(false);
    expect(OPEN_CATALOGUE.actionsOf('anything')).toBeNull();
    expect(OPEN_CATALOGUE.implied(scope)).toEqual([]);
    expect(OPEN_CATALOGUE.describe()).toEqual({ resources: [], levels: [], everything: null, aliases: [] });
  });
});
