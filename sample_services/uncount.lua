-- Subtracts the last delivery of each entry from its count, if the entry still belongs to this consumer.
-- KEYS: the stream
-- ARGV: the group, the consumer, then the entries' ids
for i = 3, #ARGV do
  local pending = redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1)[1]
  if pending and pending[2] == ARGV[2] and pending[4] > 0 then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[i], 'RETRYCOUNT', pending[4] - 1, 'JUSTID')
  end
end
