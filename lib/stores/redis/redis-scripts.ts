/** The Lua scripts: each is one atomic step. Redis runs a script whole, with no other command in between. */

/**
 * A record is a hash of `json` (all fields but those beside it), `version`, `updatedAt`, `revokedAt` and
 * `lastUsedAt`. Empty text stands for `null`. Scripts decode plans, and never take a record's JSON apart:
 * cjson would turn an empty array into an object.
 *
 * ARGV[1] is a plan `{ update?, create? }` of texts; `key`, `owner`, … are places in KEYS.
 * KEYS[1] is the set of all ids, KEYS[2] the set of expiries.
 */
export const WRITE = `
local plan = cjson.decode(ARGV[1])
local update, create = plan.update, plan.create

if update then
  local stored = redis.call('HMGET', KEYS[update.key], 'version', 'revokedAt')
  if not stored[1] then return 'not_found' end
  if stored[1] ~= update.version or stored[2] ~= '' then return 'conflict' end
  if update.takes and redis.call('EXISTS', KEYS[update.takes]) == 1 then return 'conflict' end
end
if create then
  if redis.call('EXISTS', KEYS[create.key]) == 1 then return 'duplicate' end
  local freed = update and update.frees and create.takes and KEYS[update.frees] == KEYS[create.takes]
  if create.takes and not freed and redis.call('EXISTS', KEYS[create.takes]) == 1 then return 'duplicate' end
  if plan.limit and redis.call('ZCOUNT', KEYS[create.cap], '(' .. plan.now, '+inf') >= tonumber(plan.limit) then
    return 'cap_reached'
  end
end

local function index(record)
  redis.call('ZADD', KEYS[1], record.createdAt, record.id)
  redis.call('ZADD', KEYS[record.owner], record.createdAt, record.id)
  local expires = record.expiresAt ~= ''
  if expires then redis.call('ZADD', KEYS[2], record.expiresAt, record.id) else redis.call('ZREM', KEYS[2], record.id) end
  if record.counts == '1' then
    redis.call('ZADD', KEYS[record.cap], expires and record.expiresAt or '+inf', record.id)
  else
    redis.call('ZREM', KEYS[record.cap], record.id)
  end
end

if update then
  if update.frees then redis.call('DEL', KEYS[update.frees]) end
  if update.takes then redis.call('SET', KEYS[update.takes], update.id) end
  redis.call('HSET', KEYS[update.key], 'json', update.json, 'updatedAt', update.updatedAt)
  redis.call('HINCRBY', KEYS[update.key], 'version', 1)
  index(update)
end
if create then
  redis.call('HSET', KEYS[create.key], 'json', create.json, 'updatedAt', create.updatedAt,
    'revokedAt', create.revokedAt, 'lastUsedAt', create.lastUsedAt, 'version', create.version)
  if create.takes then redis.call('SET', KEYS[create.takes], create.id) end
  index(create)
end
return 'done'
`;

/** KEYS: record, cap. ARGV: id, now. */
export const REVOKE = `
local revokedAt = redis.call('HGET', KEYS[1], 'revokedAt')
if not revokedAt then return 'not_found' end
if revokedAt == '' then
  redis.call('HSET', KEYS[1], 'revokedAt', ARGV[2], 'updatedAt', ARGV[2])
  redis.call('HINCRBY', KEYS[1], 'version', 1)
  redis.call('ZREM', KEYS[2], ARGV[1])
end
return 'done'
`;

/** KEYS: records. ARGV: a time for each. */
export const TOUCH = `
for i, key in ipairs(KEYS) do
  local last = redis.call('HGET', key, 'lastUsedAt')
  if last and (last == '' or tonumber(last) < tonumber(ARGV[i])) then
    redis.call('HSET', key, 'lastUsedAt', ARGV[i])
  end
end
return 'done'
`;

/** KEYS: record, all, expiry, owner, cap, and the look-up if there is one. ARGV: id, before, version. */
export const DELETE_EXPIRED = `
local score = redis.call('ZSCORE', KEYS[3], ARGV[1])
if not score or tonumber(score) >= tonumber(ARGV[2]) then return 0 end
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1])
if KEYS[6] then redis.call('DEL', KEYS[6]) end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
return 1
`;
