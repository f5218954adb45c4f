/** Read by the compiler alone: `scope-names.test.ts` expects no diagnostics here. */
import { defineScopes, type ScopeCatalogue } from '../../lib/keys/scope-catalogue';

type NamesOf<C> = C extends ScopeCatalogue<infer Name> ? Name : never;

const rich = defineScopes({
  resources: {
    models: ['read', 'write'],
    floor: { actions: ['readPublic', 'update'], publishable: ['readPublic'] },
    guests: ['read'],
  },
  levels: { 'read-only': ['models:read', 'guest.read'], admin: ['*', 'public'] },
  implies: { 'models:write': ['models:read'] },
  everything: 'public',
  aliases: { guest: 'guests' },
});
const plain = defineScopes({ resources: { models: ['read'], chat: ['send'] } });

export const accepted: NamesOf<typeof rich>[] = [
  '*',
  'models',
  'models:*',
  'models:read',
  'models.write',
  'models/1:read',
  'models/1:*',
  'floor:readPublic',
  'public',
  'public:*',
  'public.read',
  'public:write',
  'guest',
  'guest:read',
  'guest.read',
  'guests/7:read',
];
export const acceptedPlain: NamesOf<typeof plain>[] = ['*', 'models.read', 'chat:send', 'chat'];
export const widened: ScopeCatalogue[] = [rich, plain];

export const refused: NamesOf<typeof rich>[] = [
  // @ts-expect-error a typo in the resource
  'modls:read',
  // @ts-expect-error a typo in the action
  'models:raed',
  // @ts-expect-error floor has no action called read
  'floor.read',
  // @ts-expect-error an action of another resource
  'guests:write',
  // @ts-expect-error no such action on an object
  'models/1:fly',
  // @ts-expect-error guests have no write
  'guest.write',
  // @ts-expect-error a suffix that does not exist
  'models.delete',
];
export const refusedPlain: NamesOf<typeof plain>[] = [
  // @ts-expect-error no everything-word was declared
  'public',
  // @ts-expect-error chat has no read
  'chat.read',
];

const resources = { m: ['read'] } as const;
// @ts-expect-error a level with an unknown scope
defineScopes({ resources, levels: { x: ['mm:read'] } });
// @ts-expect-error an implication from an unknown scope
defineScopes({ resources, implies: { 'mm:read': ['m:read'] } });
// @ts-expect-error an implication to an unknown scope
defineScopes({ resources, implies: { 'm:read': ['mm:read'] } });
// @ts-expect-error a publishable action that is not declared
defineScopes({ resources: { m: { actions: ['read'], publishable: ['write'] } } });
// @ts-expect-error an alias of an unknown resource
defineScopes({ resources, aliases: { n: 'o' } });
// @ts-expect-error an unknown member
defineScopes({ resources, everythin: 'public' });
