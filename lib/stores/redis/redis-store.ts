/** A KeyStore in Redis. */
import type { KeyChanges, KeyRecord } from '../../keys/key-record';
import type {
  CreateOutcome,
  KeyStore,
  LastUsed,
  ListQuery,
  RotateOutcome,
  UpdateOutcome,
} from '../key-store';
import { isListed } from '../list-filter';
import { canBeStored, checkChanges, checkListQuery, checkRecord } from '../record-limits';
import { sendCommandOf, type SendCommand } from './redis-client';
import { redisKeys, type RedisKeys } from './redis-keys';
import { RECORD_HASH, readRecord } from './redis-record';
import { DELETE_EXPIRED, REVOKE, TOUCH, WRITE } from './redis-scripts';
import {
  readRedisStoreOptions,
  type ParsedRedisStoreOptions,
  type RedisStoreOptions,
} from './redis-store-options';
import { createRunScript, type RunScript } from './run-script';
import { KeyPlaces, recordPlan } from './write-plan';

/** How many records a list reads at a time. */
const LIST_CHUNK = 200;
/** How many records one script touches. */
const TOUCH_CHUNK = 500;

class RedisStore implements KeyStore {
  readonly #options: ParsedRedisStoreOptions;
  readonly #send: SendCommand;
  readonly #run: RunScript;
  readonly #keys: RedisKeys;

  constructor(options: ParsedRedisStoreOptions) {
    this.#options = options;
    this.#send = sendCommandOf('redisStore options.client', options.client);
    this.#run = createRunScript(this.#send);
    this.#keys = redisKeys(options.prefix);
  }

  async create(
    record: KeyRecord,
    cap?: { readonly limit: number; readonly now: number },
  ): Promise<CreateOutcome> {
    checkRecord(record);
    const places = new KeyPlaces(this.#keys);
    const plan = {
      create: recordPlan(this.#keys, places, record, record.lookup),
      ...(cap === undefined ? {} : { limit: String(cap.limit), now: String(cap.now) }),
    };
    const outcome = await this.#run(WRITE, places.names, [JSON.stringify(plan)]);
    return outcome === 'done' ? 'created' : (outcome as CreateOutcome);
  }

  async findById(id: string): Promise<KeyRecord | null> {
    if (!canBeStored(id)) return null;
    return readRecord(await this.#send('HMGET', this.#keys.record(id), ...RECORD_HASH));
  }

  async findByLookup(lookup: string): Promise<KeyRecord | null> {
    if (!canBeStored(lookup)) return null;
    const id = await this.#send('GET', this.#keys.lookup(lookup));
    if (typeof id !== 'string') return null;
    const record = await this.findById(id);
    // The look-up may have moved on between the two reads.
    return record?.lookup === lookup ? record : null;
  }

  async update(id: string, version: number, changes: KeyChanges, now: number): Promise<UpdateOutcome> {
    const named = checkChanges(changes);
    const outcome = await this.#write(id, version, named, null, now);
    return outcome.outcome === 'rotated' ? { outcome: 'updated', record: outcome.record } : refused(outcome);
  }

  async revoke(id: string, now: number): Promise<KeyRecord | null> {
    const record = await this.findById(id);
    if (record === null) return null;
    const keys = [this.#keys.record(id), this.#keys.cap(record.ownerId, record.kind)];
    await this.#run(REVOKE, keys, [id, String(now)]);
    await this.#confirm();
    return this.findById(id);
  }

  async rotate(
    id: string,
    version: number,
    changes: KeyChanges,
    successor: KeyRecord,
    now: number,
  ): Promise<RotateOutcome> {
    checkRecord(successor);
    return this.#write(id, version, checkChanges(changes), successor, now);
  }

  async list(query: ListQuery): Promise<KeyRecord[]> {
    checkListQuery(query);
    const set = query.ownerId === undefined ? this.#keys.all : this.#keys.owner(query.ownerId);
    let highest = query.after === undefined ? '+inf' : String(query.after.createdAt);
    const listed: KeyRecord[] = [];
    const seen = new Set<string>();
    for (let offset = 0; ;) {
      const range = [
        'ZRANGE',
        set,
        highest,
        '-inf',
        'BYSCORE',
        'REV',
        'LIMIT',
        String(offset),
        String(LIST_CHUNK),
      ];
      const [command = '', ...args] = range;
      const ids = (await this.#send(command, ...args)) as string[];
      const records = await Promise.all(ids.map((id) => this.findById(id)));
      for (const record of records) {
        if (record === null || seen.has(record.id)) continue;
        seen.add(record.id);
        if (isListed(record, query)) listed.push(record);
        if (listed.length === query.limit) return listed;
      }
      if (ids.length < LIST_CHUNK) return listed;
      // Goes on from the moment of the last record, which others may share, so that nothing that is created or
      // deleted meanwhile shifts what follows.
      const last = records.findLast((record) => record !== null);
      const moment = last === undefined ? highest : String(last.createdAt);
      offset = moment === highest ? offset + LIST_CHUNK : 0;
      highest = moment;
    }
  }

  async touch(batch: readonly LastUsed[]): Promise<void> {
    const known = batch.filter(({ id }) => canBeStored(id));
    for (let start = 0; start < known.length; start += TOUCH_CHUNK) {
      const chunk = known.slice(start, start + TOUCH_CHUNK);
      await this.#run(
        TOUCH,
        chunk.map(({ id }) => this.#keys.record(id)),
        chunk.map(({ lastUsedAt }) => String(lastUsedAt)),
      );
    }
  }

  async deleteExpired(before: number, limit: number): Promise<number> {
    const { expiry, all, owner, cap, lookup: lookupKey } = this.#keys;
    const range = ['-inf', `(${String(before)}`, 'BYSCORE', 'LIMIT', '0', String(limit)];
    const ids = (await this.#send('ZRANGE', expiry, ...range)) as string[];
    let deleted = 0;
    for (const id of ids) {
      const record = await this.findById(id);
      if (record === null) continue;
      const { ownerId, kind, lookup, version } = record;
      const keys = [this.#keys.record(id), all, expiry, owner(ownerId), cap(ownerId, kind)];
      if (lookup !== null) keys.push(lookupKey(lookup));
      deleted += Number(await this.#run(DELETE_EXPIRED, keys, [id, String(before), String(version)]));
    }
    return deleted;
  }

  async ping(): Promise<void> {
    await this.#send('PING');
  }

  /** Changes one record and stores another, or only the first, in one step. */
  async #write(
    id: string,
    version: number,
    changes: KeyChanges,
    successor: KeyRecord | null,
    now: number,
  ): Promise<RotateOutcome> {
    const record = await this.findById(id);
    if (record === null) return { outcome: 'not_found' };
    if (record.version !== version || record.revokedAt !== null) return { outcome: 'conflict', record };
    const changed: KeyRecord = { ...record, ...changes, updatedAt: now, version: version + 1 };
    const moves = changed.lookup !== record.lookup;
    const places = new KeyPlaces(this.#keys);
    const plan = {
      update: {
        ...recordPlan(this.#keys, places, changed, moves ? changed.lookup : null),
        version: String(version),
        ...(moves && record.lookup !== null ? { frees: places.of(this.#keys.lookup(record.lookup)) } : {}),
      },
      ...(successor === null ? {} : { create: recordPlan(this.#keys, places, successor, successor.lookup) }),
    };
    const outcome = await this.#run(WRITE, places.names, [JSON.stringify(plan)]);
    if (outcome === 'done') return { outcome: 'rotated', record: changed };
    if (outcome === 'duplicate') return { outcome };
    const stored = await this.findById(id);
    return stored === null ? { outcome: 'not_found' } : { outcome: 'conflict', record: stored };
  }

  /** Waits until the replicas have the revocation. @throws Error when fewer than configured confirm. */
  async #confirm(): Promise<void> {
    const { replicas, replicaTimeout } = this.#options;
    if (replicas === 0) return;
    const confirmed = Number(await this.#send('WAIT', String(replicas), String(replicaTimeout)));
    if (confirmed >= replicas) return;
    throw new Error(
      `The revocation is on the primary, but ${String(confirmed)} of ${String(replicas)} replicas confirmed it`,
    );
  }
}

/** An outcome that wrote nothing. */
function refused(outcome: RotateOutcome): UpdateOutcome {
  if (outcome.outcome === 'not_found' || outcome.outcome === 'conflict') return outcome;
  throw new Error(`An update ended in ${outcome.outcome}`);
}

/**
 * A KeyStore in Redis 6.2 or later, or Valkey.
 *
 * Redis answers before its replicas have a write: a fail-over can lose the last moments, and with them a
 * revocation. Where that matters, set `replicas` (and `min-replicas-to-write` on the server), or keep keys in
 * SQL and use Redis as the change bus. Persistence is the server's: with `appendfsync everysec` a crash loses
 * up to a second.
 * @throws ConfigurationError for an unknown option or a bad value.
 */
export function redisStore(options: RedisStoreOptions): KeyStore {
  return new RedisStore(readRedisStoreOptions(options));
}
