/** What must happen at once in the server. All keys of a call have the same hash tag, so they are on one shard. */
import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  readonly sha: string
}

const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') })

/**
 * The versions of tags, in Lua. A tag that is not there gets a version that it never had, so that values of before it was
 * invalidated, evicted or expired do not come back. It outlives the values that have it.
 */
const versionsOf = `
local function versionsOf(first, fresh, ttl)
  local versions = {}
  for at = first, #KEYS do
    local version = redis.call('GET', KEYS[at])
    if not version then
      version = fresh
      redis.call('SET', KEYS[at], version, 'PX', ttl)
    elseif redis.call('PTTL', KEYS[at]) < tonumber(ttl) then
      redis.call('PEXPIRE', KEYS[at], ttl)
    end
    versions[#versions + 1] = version
  end
  return table.concat(versions, ',')
end
`

/** KEYS: value, claim, tags. ARGV: text, ttl, a fresh version, names of the tags. See entry-text.ts for the format. */
export const write = script(`${versionsOf}
local entry = ARGV[1]
if #KEYS > 2 then entry = '#' .. ARGV[4] .. '\\n' .. versionsOf(3, ARGV[3], ARGV[2]) .. '\\n' .. entry end
redis.call('SET', KEYS[1], entry, 'PX', ARGV[2])
redis.call('DEL', KEYS[2])
return 1
`)

/** KEYS: claim, tags. ARGV: token, time of the claim, a fresh version, time of the tags. Gives the versions of the tags. */
export const claim = script(`${versionsOf}
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
return versionsOf(2, ARGV[3], ARGV[4])
`)

/** KEYS: value, claim. ARGV: token, entry, ttl. */
export const keep = script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return 1
`)

/** KEYS: claim. ARGV: token. */
export const release = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`)

/** KEYS: counter. ARGV: points, window. Gives what was taken in this window, and how long it goes on, in milliseconds. */
export const take = script(`
local taken = redis.call('INCRBY', KEYS[1], ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[2])
  redis.call('PEXPIRE', KEYS[1], left)
end
return {taken, left}
`)
