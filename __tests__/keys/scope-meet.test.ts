import { parseScope } from '../../lib/keys/scope';
import { meetOfScopes } from '../../lib/keys/scope-meet';

const words = { everything: 'public' };

describe('meetOfScopes', () => {
  it.each([
    ['*', 'models:read', 'models:read'],
    ['*', 'models.read', 'models.read'],
    ['*', '*', '*'],
    ['models', 'models:read', 'models:read'],
    ['models', 'models.write', 'models.write'],
    ['models/1:*', 'models:read', 'models/1:read'],
    ['models/1:*', 'models.read', 'models/1:read'],
    ['models/1:*', 'models/1:read', 'models/1:read'],
    ['public.read', 'models', 'models.read'],
    ['public.read', 'models/1:*', 'models/1:read'],
    ['models:read', 'models:write', null],
    ['models:read', 'floor:read', null],
    ['models/1:read', 'models/2:read', null],
  ])('of %s and %s is %s, either way round', (a, b, text) => {
    const [left, right] = [parseScope(a, words), parseScope(b, words)];
    expect(meetOfScopes(left, right)?.text ?? null).toBe(text);
    expect(meetOfScopes(right, left)?.text ?? null).toBe(text);
  });
});
