-- Corrects a decision that the database refuses, and deletes the campaign's stock so that it is loaded again.
-- KEYS: the campaign's stock, the user's coupon of that campaign, the request's decision
-- ARGV: seconds to remember the decision, the request's id, the decision
redis.call('SET', KEYS[3], ARGV[3], 'EX', ARGV[1])
if ARGV[3] ~= 'issued' and redis.call('GET', KEYS[2]) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
redis.call('DEL', KEYS[1])
