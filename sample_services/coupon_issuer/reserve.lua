-- Decides requests in order: stock, one coupon a user, and the same answer for the same request again.
-- KEYS: for each request, its campaign's stock, its campaign's holders, its decision
-- ARGV: seconds to remember a decision, then for each request its id and its user
-- Returns for each request: issued, already_issued, sold_out, or unloaded (the campaign is not in Redis)
local answers = {}
for i = 1, #KEYS / 3 do
  local stock, holders, decision = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
  local request, user = ARGV[2 * i], ARGV[2 * i + 1]
  local answer = redis.call('GET', decision)
  if not answer then
    local left = redis.call('GET', stock)
    local holder = redis.call('HGET', holders, user)
    if not left then
      answer = 'unloaded'
    elseif holder then
      answer = holder == request and 'issued' or 'already_issued'
    elseif tonumber(left) <= 0 then
      answer = 'sold_out'
    else
      redis.call('DECR', stock)
      redis.call('HSET', holders, user, request)
      answer = 'issued'
    end
    if answer ~= 'unloaded' then
      redis.call('SET', decision, answer, 'EX', ARGV[1])
    end
  end
  answers[i] = answer
end
return answers
