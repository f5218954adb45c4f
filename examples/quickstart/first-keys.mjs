/** The keys that the example creates for you, each once. */

const OWNER = 'quickstart';

/** One key of each kind that can be created; temporary tokens are minted from the secret key. */
const FIRST_KEYS = {
  // Nobody hands on more than they hold: who is to hand out any scope holds them all.
  ADMIN_KEY: { kind: 'secret', scopes: ['*'] },
  SECRET_KEY: { kind: 'secret' },
  PUBLISHABLE_KEY: {
    kind: 'publishable',
    scopes: ['floor:readPublic'],
    origins: ['http://localhost:3000', 'https://app.example.com'],
  },
  SCOPED_KEY: { kind: 'scoped', scopes: ['systems.read', 'systems.write'] },
  READONLY_KEY: { kind: 'scoped', scopes: ['systems.read'] },
};

/**
 * Creates the keys that are not there yet and calls `show(variable, token)` for each new one: the only time
 * that a token can be seen. Answers how many were shown.
 *
 * A key counts as there once its token was shown, and is marked so. When the process was killed before that,
 * nobody has the token: the key is revoked, and another one takes its place.
 */
export async function createFirstKeys(keys, show) {
  const found = await ownKeys(keys);
  let created = 0;
  for (const [variable, input] of Object.entries(FIRST_KEYS)) {
    const known = found.filter((key) => key.metadata.variable === variable);
    if (known.some((key) => key.metadata.shown)) continue;
    for (const unseen of known) await keys.revoke(unseen.id);
    const { token, key } = await keys.create({
      ...input,
      name: `quickstart ${variable}`,
      ownerId: OWNER,
      metadata: { variable },
    });
    show(variable, token);
    await keys.update(key.id, { metadata: { variable, shown: true } });
    created += 1;
  }
  return created;
}

/** Every key of the example, revoked ones too, page by page. */
async function ownKeys(keys) {
  const found = [];
  let cursor;
  do {
    const page = await keys.list({
      ownerId: OWNER,
      kinds: ['secret', 'publishable', 'scoped'],
      limit: 200,
      ...(cursor && { cursor }),
    });
    found.push(...page.keys);
    cursor = page.nextCursor;
  } while (cursor);
  return found;
}
