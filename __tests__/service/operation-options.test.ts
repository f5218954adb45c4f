/** Options of operations fail closed: a misspelled or missing owner never reaches another tenant's key. */
import type { KeyService } from '../../lib/service/key-service';
import { testService } from '../support/test-service';

type Operation = (service: KeyService, id: string, options: never) => Promise<unknown>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  get: (service, id, options) => service.get(id, options),
  update: (service, id, options) => service.update(id, { name: 'taken over' }, options),
  rotate: (service, id, options) => service.rotate(id, options),
  revoke: (service, id, options) => service.revoke(id, options),
  explain: (service, id, options) => service.explain(id, {}, options),
};

describe.each(Object.entries(OPERATIONS))('%s', (_name, run) => {
  it.each([
    ['an owner that is undefined', { ownerId: undefined }, 'ownerId'],
    ['an owner that is no string', { ownerId: 7 }, 'ownerId'],
    ['a misspelled owner', { ownerid: 'acme' }, 'ownerid'],
    ['text in place of options', 'acme', 'options'],
    ['null in place of options', null, 'options'],
  ])('refuses %s, and touches nothing', async (_what, options, field) => {
    const { service, create } = testService();
    const { key } = await create({ ownerId: 'other' });
    await expect(run(service, key.id, options as never)).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: { field },
    });
    expect(await service.get(key.id)).toEqual(key);
  });
});

it('list refuses an owner that is undefined', async () => {
  const { service, create } = testService();
  await create();
  await expect(service.list({ ownerId: undefined } as never)).rejects.toMatchObject({
    details: { field: 'ownerId' },
  });
});

it('import refuses a misspelled dry run', async () => {
  const { service } = testService();
  await expect(service.import([], { dryrun: true } as never)).rejects.toMatchObject({
    details: { field: 'dryrun' },
  });
});

describe('the actor of a change', () => {
  it.each([
    ['no object', 'ada', 'by'],
    ['null', null, 'by'],
    ['an unknown type', { type: 'robot', id: 'r2' }, 'by.type'],
    ['an id that is a number', { type: 'user', id: 42 }, 'by.id'],
    ['an empty id', { type: 'user', id: '' }, 'by.id'],
    ['the options of another method', { by: { type: 'user', id: 'ada' } }, 'by.type'],
    ['an address that is no text', { type: 'user', id: 'ada', address: 1 }, 'by.address'],
  ])('is refused where it is %s', async (_what, by, field) => {
    const { service, create } = testService();
    const { key } = await create();
    const refusal = { code: 'INVALID_REQUEST', details: { field } };
    const input = { kind: 'secret', name: 'k' } as const;
    await expect(service.create(input, by as never)).rejects.toMatchObject(refusal);
    await expect(service.revoke(key.id, { by: by as never })).rejects.toMatchObject(refusal);
    expect((await service.list({ state: 'live' })).keys).toEqual([key]);
  });

  it('may be left out, and is the host then', async () => {
    const { service, create, record } = testService();
    const revoked = record('revoked');
    const { key } = await create();
    await service.revoke(key.id, { by: { type: 'user', id: 'ada', address: '192.0.2.1' } });
    expect(revoked).toMatchObject([{ by: { id: 'ada' } }]);
    await expect(service.get(key.id, {})).resolves.toMatchObject({ id: key.id });
  });
});

describe('a later expiry', () => {
  it('is refused for a rotated key, which ends when its rotation said', async () => {
    const { service, create } = testService();
    const { key } = await create();
    const { previous } = await service.rotate(key.id, { overlapSeconds: 60 });
    const conflict = { code: 'CONFLICT', message: 'A rotated API key cannot be given a later expiry' };
    for (const expiresAt of [null, (previous.expiresAt ?? 0) + 1]) {
      await expect(service.update(key.id, { expiresAt })).rejects.toMatchObject(conflict);
    }
    await expect(service.update(key.id, { name: 'still named' })).resolves.toMatchObject({
      expiresAt: previous.expiresAt,
    });
    await expect(
      service.update(key.id, { expiresAt: (previous.expiresAt ?? 0) - 1_000 }),
    ).resolves.toMatchObject({ expiresAt: (previous.expiresAt ?? 0) - 1_000 });
  });

  it('is refused for a temporary token, which ends when it was minted for', async () => {
    const { service, create, verified } = testService();
    const { token } = await create();
    const { key } = await service.mintTemporary(await verified(token), { scopes: ['a:b'] });
    await expect(service.update(key.id, { expiresAt: null })).rejects.toMatchObject({
      message: 'A temporary token cannot be given a later expiry',
    });
  });
});

it('a temporary key has the metadata and the user of its parent, as they are now', async () => {
  const { service, create, verified } = testService();
  const parent = await create({ userId: 'u1', metadata: { paused: false } });
  const { token } = await service.mintTemporary(await verified(parent.token), { scopes: ['a:b'] });
  expect(await verified(token)).toMatchObject({ userId: 'u1', metadata: { paused: false } });
  await service.update(parent.key.id, { userId: 'u2', metadata: { paused: true } });
  const now = await verified(token);
  expect(now).toMatchObject({ userId: 'u2', metadata: { paused: true } });
  expect(now.principal).toMatchObject({ type: 'user', id: 'u2' });
});
