import fc from 'fast-check';
import { createGrant, EMPTY_GRANT, intersectGrants, type Grant } from '../../lib/keys/grant';
import { parseScope, scopeOf, type Scope } from '../../lib/keys/scope';
import { defineScopes, OPEN_CATALOGUE } from '../../lib/keys/scope-catalogue';

const catalogue = defineScopes({
  resources: {
    models: ['read', 'write', 'archive'],
    floor: ['readPublic', 'readPrivate'],
    systems: ['read', 'write'],
    audit: ['view'],
  },
  implies: { 'models:archive': ['models:write', 'audit:view'], 'models:write': ['models:read'] },
  everything: 'public',
});
const open = (...scopes: string[]) => createGrant(scopes.map((scope) => OPEN_CATALOGUE.parse(scope)));
const closed = (...scopes: string[]) =>
  createGrant(
    scopes.map((scope) => catalogue.parse(scope)),
    catalogue,
  );

describe('allows, without a catalogue', () => {
  it.each<[string[], string, boolean]>([
    [[], 'models:read', false],
    [['*'], 'models:read', true],
    [['*'], '*', true],
    [['*'], 'models', true],
    [['*'], 'models/1:*', true],
    [['models:read'], 'models:read', true],
    [['models.read'], 'models:read', true],
    [['models:read'], 'models:write', false],
    [['models:write'], 'models:read', false],
    [['models:read'], 'Models:read', false],
    [['models:read'], 'models', false],
    [['models:read'], '*', false],
    [['models'], 'models:archive', true],
    [['models:*'], 'models', true],
    [['models'], 'models:*', true],
    [['models'], 'floor:read', false],
    [['models'], '*', false],
    [['systems.read', 'systems.write'], 'systems', true],
    [['systems.read', 'systems.write'], 'systems:*', false],
    [['systems.read'], 'systems', false],
    [['systems.write'], 'systems', false],
    [['systems.read', 'other.write'], 'systems', false],
    [['floor/f1:read'], 'floor:read', false],
    [['floor/f1:read'], 'floor/f1:read', true],
    [['floor/f1:*'], 'floor/f1:read', true],
    [['floor/f1:*'], 'floor/f1:*', true],
    [['floor/f1:*'], 'floor:*', false],
    [['floor:read'], 'floor/f1:read', true],
    [['floor'], 'floor/f1:read', true],
    [['floor/f1:read'], 'floor/f2:read', false],
    [['floor/f1:read'], 'floor/f1:write', false],
  ])('%j: %s is %s', (scopes, scope, allowed) => {
    expect(open(...scopes).allows(OPEN_CATALOGUE.parse(scope))).toBe(allowed);
  });
});

describe('allows, with a catalogue', () => {
  it.each<[string[], string, boolean]>([
    [['models:write'], 'models:read', true],
    [['models:archive'], 'models:read', true],
    [['models:archive'], 'audit:view', true],
    [['models:archive'], 'models', true],
    [['models:write'], 'models', false],
    [['models/1:archive'], 'models/1:read', true],
    [['models/1:archive'], 'models/1:*', true],
    [['models/1:archive'], 'models/2:read', false],
    [['models/1:archive'], 'models:read', false],
    [['models/1:archive'], 'audit:view', false],
    [['systems.read', 'systems.write'], 'systems', true],
    [['systems.read', 'systems.write'], 'systems:*', true],
    [['systems.read'], 'systems', false],
    [['systems.read', 'systems/1:write'], 'systems/1:*', true],
    [['systems.read', 'systems/1:write'], 'systems', false],
    [['public'], 'models:archive', true],
    [['public'], '*', true],
    [['public.read'], 'models:read', true],
    [['public.read'], 'models/1:read', true],
    [['public.read'], 'public.read', true],
    [['public.read'], 'models:write', false],
    [['public.read'], 'public', false],
    [['public.read'], 'public.write', false],
    [['public.read', 'public.write'], 'systems', true],
    [['public.read', 'public.write'], 'public', false],
    [['public:archive'], 'audit:view', true],
    [['models', 'floor', 'systems', 'audit'], '*', false],
    [['models.read', 'systems.read'], 'public.read', false],
  ])('%j: %s is %s', (scopes, scope, allowed) => {
    expect(closed(...scopes).allows(catalogue.parse(scope))).toBe(allowed);
  });

  it('knows *:read without a catalogue that lists resources', () => {
    const grant = createGrant([parseScope('public.read', { everything: 'public' })]);
    expect(grant.allows(parseScope('models:read'))).toBe(true);
    expect(grant.allows(parseScope('models:write'))).toBe(false);
    expect(grant.covers(parseScope('models/1:read'))).toBe(true);
  });
});

describe('allows, for the object at hand', () => {
  it.each<[string[], string, string | undefined, boolean]>([
    [['floor:read'], 'floor:read', 'f1', true],
    [['floor/f1:read'], 'floor:read', 'f1', true],
    [['floor/f1:*'], 'floor:read', 'f1', true],
    [['floor/f1:read'], 'floor:read', 'f2', false],
    [['floor/f1:read'], 'floor:read', undefined, false],
    [['floor/f1:read'], 'floor:write', 'f1', false],
    [['floor/f1:read'], 'floor/f1:read', 'f2', true],
    [['floor/f1:read'], 'floor/f2:read', 'f1', false],
    [['floor/f1:read'], 'floor:read', '__proto__', false],
    [['floor.read', 'floor/f1:write'], 'floor', 'f1', true],
    [['floor.read', 'floor/f1:write'], 'floor', 'f2', false],
    [[], 'floor:read', 'f1', false],
  ])('%j: %s on %s is %s', (scopes, scope, objectId, allowed) => {
    expect(open(...scopes).allows(OPEN_CATALOGUE.parse(scope), objectId)).toBe(allowed);
  });
});

describe('covers', () => {
  it.each<[string[], string, boolean]>([
    [['*'], '*', true],
    [['*'], 'models', true],
    [['models'], '*', false],
    [['models:write'], 'models:write', true],
    [['models:write'], 'models:read', true],
    [['models:read'], 'models:write', false],
    [['models:archive'], 'models', true],
    [['models'], 'models:archive', true],
    [['models', 'audit'], 'models:archive', true],
    [['models', 'audit'], 'models', true],
    [['models/1:*'], 'models/1:archive', true],
    [['models/1:write'], 'models/1:read', true],
    [['models/1:write'], 'models:write', false],
    [['models/1:write'], 'models/2:write', false],
    [['models'], 'models/1:*', true],
    [['systems.read', 'systems/1:write'], 'systems/1:*', true],
    [['systems.read', 'systems.write'], 'systems', true],
    [['public.read'], 'public.read', true],
    [['public.read'], 'systems/1:read', true],
    [['public'], 'public.read', true],
    [['models', 'floor', 'systems', 'audit'], 'public.read', false],
    [['public.read'], 'public', false],
    [[], 'models:read', false],
  ])('%j: %s is %s', (scopes, scope, covered) => {
    expect(closed(...scopes).covers(catalogue.parse(scope))).toBe(covered);
  });

  it('does not take read and write for every action without a catalogue', () => {
    expect(open('systems.read', 'systems.write').covers(parseScope('systems'))).toBe(false);
  });
});

describe('EMPTY_GRANT', () => {
  it('grants nothing', () => {
    expect(EMPTY_GRANT.scopes).toEqual([]);
    expect(EMPTY_GRANT.allowsAll()).toBe(false);
    expect(EMPTY_GRANT.allows(parseScope('models:read'), '1')).toBe(false);
    expect(EMPTY_GRANT.allows(parseScope('*'))).toBe(false);
  });
});

describe('a grant', () => {
  it('keeps the scopes as written and cannot be changed', () => {
    const grant = closed('models.read', 'public.read');
    expect(grant.scopes).toEqual(['models.read', 'public.read']);
    expect(grant.parsed.map(({ canonical }) => canonical)).toEqual(['models:read', '*:read']);
    expect(Object.isFrozen(grant) && Object.isFrozen(grant.scopes) && Object.isFrozen(grant.parsed)).toBe(
      true,
    );
    expect(grant.allowsAll()).toBe(false);
    expect(closed('public').allowsAll()).toBe(true);
  });
});

describe('intersectGrants', () => {
  it.each<[string[], string[], string[]]>([
    [['*'], ['models:read'], ['models:read']],
    [['models:read'], ['*'], ['models:read']],
    [['public'], ['*'], ['*']],
    [['models/1:*'], ['models.read'], ['models/1:read']],
    [['models:read'], ['models.read'], ['models:read']],
    [['models:read', 'floor'], ['floor:readPublic'], ['floor:readPublic']],
    [['models:write'], ['models:read'], ['models:read']],
    [['models:write'], ['models:write'], ['models:write']],
    [['models:archive'], ['models:write', 'audit'], ['models:write', 'audit']],
    [['models:write'], ['models/1:*'], ['models/1:write']],
    [['public.read'], ['systems', 'floor'], ['systems.read']],
    [['public.read'], ['audit/1:*'], []],
    [['public.read'], ['systems.read', 'public.write'], ['systems.read', 'models.read']],
    [['systems.read', 'systems.write'], ['systems'], ['systems.read', 'systems.write', 'systems']],
    [['models:read'], ['floor'], []],
    [[], ['*'], []],
    [['*'], [], []],
    [[], ['models'], []],
  ])('of %j and %j reads %j', (a, b, scopes) => {
    expect(intersectGrants(closed(...a), closed(...b)).scopes).toEqual(scopes);
  });

  it('reads dots where one side wrote dots, without a catalogue too', () => {
    expect(intersectGrants(open('systems'), open('systems.read')).scopes).toEqual(['systems.read']);
    expect(intersectGrants(open('models/1:*'), open('models:read')).scopes).toEqual(['models/1:read']);
  });

  it('refuses grants of two catalogues, unless one is empty or everything', () => {
    expect(() => intersectGrants(open('models'), closed('models'))).toThrow(TypeError);
    expect(intersectGrants(EMPTY_GRANT, closed('models')).scopes).toEqual([]);
    expect(intersectGrants(open('*'), closed('models')).scopes).toEqual(['models']);
  });
});

const CLOSED_SCOPES = ['models', 'floor', 'systems', 'audit'].flatMap((resource) => {
  const actions = [...(catalogue.actionsOf(resource) ?? []), '*'];
  return [null, '1', '2'].flatMap((id) => actions.map((action) => scopeOf(resource, id, action)));
});
const CLOSED = [
  ...CLOSED_SCOPES,
  ...['*', 'public.read', 'public:archive', 'systems', 'systems.read'].map((text) => catalogue.parse(text)),
];
const OPEN = ['a', 'b'].flatMap((resource) => [
  ...[null, '1', '2'].flatMap((id) =>
    ['read', 'write', 'x', '*'].map((action) => scopeOf(resource, id, action)),
  ),
  parseScope(resource),
  parseScope('*'),
]);

describe.each([
  ['with a catalogue', CLOSED, catalogue],
  ['without a catalogue', OPEN, OPEN_CATALOGUE],
] as const)('properties, %s', (_name, all, cat) => {
  const scopes = fc.array(fc.constantFrom(...all), { maxLength: 4 });
  const grant = scopes.map((list): Grant => createGrant(list, cat));
  const scope = fc.constantFrom(...all);
  const objectId = fc.constantFrom(undefined, '1', '2', '3');

  it('the meet allows what both allow, and nothing else', () => {
    fc.assert(
      fc.property(grant, grant, scope, objectId, (a, b, s, id) => {
        const both = intersectGrants(a, b);
        expect(both.allows(s, id)).toBe(a.allows(s, id) && b.allows(s, id));
        expect(both.covers(s)).toBe(a.covers(s) && b.covers(s));
      }),
      { numRuns: 3000 },
    );
  });

  it('the scopes of the meet, read again, grant the same', () => {
    fc.assert(
      fc.property(grant, grant, scope, objectId, (a, b, s, id) => {
        const both = intersectGrants(a, b);
        const again = createGrant(
          both.scopes.map((text) => cat.parse(text)),
          cat,
        );
        expect(again.allows(s, id)).toBe(both.allows(s, id));
      }),
      { numRuns: 1000 },
    );
  });

  it('covering a scope means allowing everything that it grants', () => {
    fc.assert(
      fc.property(grant, scope, scope, objectId, (g, held, asked, id) => {
        fc.pre(g.covers(held) && createGrant([held], cat).allows(asked, id));
        expect(g.allows(asked, id)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('a grant covers each scope that it holds', () => {
    fc.assert(
      fc.property(scopes, (list) => {
        const g = createGrant(list, cat);
        expect(list.filter((held) => !g.covers(held))).toEqual([]);
      }),
    );
  });

  it('more scopes never allow less', () => {
    fc.assert(
      fc.property(scopes, scopes, scope, objectId, (a, b, s, id) => {
        fc.pre(createGrant(a, cat).allows(s, id));
        expect(createGrant([...a, ...b], cat).allows(s, id)).toBe(true);
      }),
    );
  });

  it('nothing but * grants everything', () => {
    fc.assert(
      fc.property(scopes, (list: Scope[]) => {
        const star = list.some(({ canonical }) => canonical === '*');
        expect(createGrant(list, cat).allowsAll()).toBe(star);
        expect(createGrant(list, cat).allows(parseScope('*'))).toBe(star);
      }),
    );
  });
});
