-- Takes a request for a coupon once: the same id a second time adds nothing to the stream.
-- KEYS: the request's key, the stream
-- ARGV: who asks for what, seconds to remember it, then the entry's fields and values
-- Returns {the entry's id, or '' when it was taken before; who asked for what under this id}
local known = redis.call('GET', KEYS[1])
if known then
  return {'', known}
end
local id = redis.call('XADD', KEYS[2], '*', unpack(ARGV, 3))
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return {id, ARGV[1]}
