-- Counts entries after an id, where they are: the answer is a number, however large the entries.
-- KEYS: the stream; ARGV: the id, how far to count
return #redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
