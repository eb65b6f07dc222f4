-- Counts entries after an id inside Redis, so that only a number is transferred.
-- KEYS: the stream; ARGV: the id, the maximum count
return #redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
