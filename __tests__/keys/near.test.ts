import { hint, near } from '../../lib/keys/near';

describe('near', () => {
  it.each([
    ['modls', ['models', 'floor'], ['models']],
    ['MODELS', ['models'], ['models']],
    ['reed', ['read', 'feed', 'rest', 'write'], ['read', 'feed', 'rest']],
    ['ab', ['a', 'b'], []],
    ['abc', ['a', 'xyz'], []],
    ['models', [], []],
  ])('of %s among %j is %j', (word, candidates, found) => {
    expect(near(word, candidates)).toEqual(found);
  });

  it('names the nearest first', () => {
    expect(near('read', ['real', 'reads', 'red', 'rea', 'read'])[0]).toBe('read');
  });
});

describe('hint', () => {
  const many = Array.from({ length: 14 }, (_, i) => `resource${String(i)}`);

  it.each([
    ['modls', ['models', 'modes'], 'did you mean models or modes?'],
    ['other', ['models', 'floor'], 'known: models, floor'],
    ['other', many, `known: ${many.slice(0, 12).join(', ')} and 2 more`],
  ])('for %s', (word, candidates, text) => {
    expect(hint(word, candidates)).toBe(text);
  });
});
