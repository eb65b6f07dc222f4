-- The database says otherwise than what was decided: corrects the decision and has the campaign loaded again.
-- KEYS: the campaign's stock, the campaign's holders, the request's decision
-- ARGV: seconds to remember the decision, the request's id, its user, the decision
redis.call('SET', KEYS[3], ARGV[4], 'EX', ARGV[1])
if ARGV[4] ~= 'issued' and redis.call('HGET', KEYS[2], ARGV[3]) == ARGV[2] then
  redis.call('HDEL', KEYS[2], ARGV[3])
end
redis.call('DEL', KEYS[1])
