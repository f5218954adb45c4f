/** The contract under races: one winner, no lost change, no key that comes back. */
import assert from 'node:assert/strict';
import { createAll, stored } from './contract-test';
import type { ContractTests } from './contract-test';
import { recordFixture } from './record-fixture';

const NOW = 2_000_000_000_000;

/** What happens at the same time. */
export const racing: ContractTests = {
  'one of many parallel updates of one version wins': async ({ store, other, parallel }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    const outcomes = await Promise.all(
      Array.from({ length: parallel }, (_, index) =>
        (index % 2 === 0 ? store : other).update(record.id, 1, { name: String(index) }, NOW),
      ),
    );
    const won = outcomes.flatMap((outcome) => (outcome.outcome === 'updated' ? [outcome.record] : []));
    assert.equal(won.length, 1);
    assert.deepEqual(await stored(store, record.id), won[0]);
    assert.ok(outcomes.every((outcome) => outcome.outcome === 'updated' || outcome.outcome === 'conflict'));
  },

  'an update never brings a revoked key back': async ({ store, other, rounds }) => {
    for (let round = 0; round < rounds; round += 1) {
      const record = recordFixture();
      await createAll(store, [record]);
      const update = () => other.update(record.id, 1, { name: 'Changed' }, NOW);
      const revoke = () => store.revoke(record.id, NOW);
      const [first, second] = round % 2 === 0 ? [update, revoke] : [revoke, update];
      await Promise.all([first(), second(), other.findById(record.id)]);
      const left = await stored(other, record.id);
      assert.equal(left.revokedAt, NOW);
      assert.equal(left.version, left.name === 'Changed' ? 3 : 2);
    }
  },

  'a rotation never brings a revoked key back, and leaves no half': async ({ store, other, rounds }) => {
    for (let round = 0; round < rounds; round += 1) {
      const record = recordFixture();
      const successor = recordFixture();
      await createAll(store, [record]);
      const rotate = () => other.rotate(record.id, 1, { replacedById: successor.id }, successor, NOW);
      const revoke = () => store.revoke(record.id, NOW);
      const [first, second] = round % 2 === 0 ? [rotate, revoke] : [revoke, rotate];
      await Promise.all([first(), second()]);
      const left = await stored(store, record.id);
      assert.equal(left.revokedAt, NOW);
      assert.equal((await store.findById(successor.id)) !== null, left.replacedById === successor.id);
    }
  },

  'one of two parallel rotations wins': async ({ store, other, rounds }) => {
    for (let round = 0; round < rounds; round += 1) {
      const record = recordFixture();
      const successors = [recordFixture(), recordFixture()] as const;
      await createAll(store, [record]);
      const outcomes = await Promise.all([
        store.rotate(record.id, 1, { replacedById: successors[0].id }, successors[0], NOW),
        other.rotate(record.id, 1, { replacedById: successors[1].id }, successors[1], NOW),
      ]);
      assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ['conflict', 'rotated']);
      const { replacedById } = await stored(store, record.id);
      for (const { id } of successors) {
        assert.equal((await store.findById(id)) !== null, id === replacedById);
      }
    }
  },

  'parallel revocations agree on one time': async ({ store, other, parallel }) => {
    const record = recordFixture();
    await createAll(store, [record]);
    const answers = await Promise.all(
      Array.from({ length: parallel }, (_, index) =>
        (index % 2 === 0 ? store : other).revoke(record.id, NOW + index),
      ),
    );
    const left = await stored(store, record.id);
    assert.equal(left.version, 2);
    for (const answer of answers) assert.deepEqual(answer, left);
  },

  'a reader sees a revocation as soon as it is answered': async ({ store, other, rounds }) => {
    for (let round = 0; round < rounds; round += 1) {
      const record = recordFixture();
      await createAll(store, [record]);
      await store.revoke(record.id, NOW);
      assert.equal((await stored(other, record.id)).revokedAt, NOW);
    }
  },
};
