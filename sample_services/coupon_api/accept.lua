-- Accepts a request for a coupon once: the same id a second time adds nothing to the stream.
-- KEYS: the request's key, the stream
-- ARGV: the request (campaign and user), seconds to remember it, then the entry's fields and values
-- Returns {the entry's id, or '' if the request was accepted before; the request that has this id}
local known = redis.call('GET', KEYS[1])
if known then
  return {'', known}
end
local id = redis.call('XADD', KEYS[2], '*', unpack(ARGV, 3))
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return {id, ARGV[1]}
