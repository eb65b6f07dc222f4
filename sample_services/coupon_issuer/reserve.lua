-- Decides requests in order: checks the stock and one coupon per user, and repeats the answer for a known request.
-- KEYS: for each request, its campaign's stock, its user's coupon of that campaign, its decision
-- ARGV: seconds to remember a decision, then for each request its id, and the id of the request that got the user's
--   coupon according to the database; '' for none
-- Returns for each request: issued, already_issued, sold_out, or unloaded (the campaign is not in Redis)
local answers = {}
for i = 1, #KEYS / 3 do
  local stock, holding, decision = KEYS[3 * i - 2], KEYS[3 * i - 1], KEYS[3 * i]
  local request, stored = ARGV[2 * i], ARGV[2 * i + 1]
  local answer = redis.call('GET', decision)
  if not answer then
    local holder = stored ~= '' and stored or redis.call('GET', holding)
    local left = redis.call('GET', stock)
    if holder then
      answer = holder == request and 'issued' or 'already_issued'
    elseif not left then
      answer = 'unloaded'
    elseif tonumber(left) <= 0 then
      answer = 'sold_out'
    else
      redis.call('DECR', stock)
      answer = 'issued'
    end
  end
  if answer ~= 'unloaded' then
    -- A known decision is extended, too, because its request is still being processed.
    redis.call('SET', decision, answer, 'EX', ARGV[1])
    if answer == 'issued' then
      redis.call('SET', holding, request, 'EX', ARGV[1])
    end
  end
  answers[i] = answer
end
return answers
