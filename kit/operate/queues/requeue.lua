-- Moves a dead letter back to its stream with its original fields, atomically.
-- KEYS: the stream of dead letters, the stream; ARGV: the dead letter's id
-- Returns the new entry's id; '' if there is no such dead letter
local letter = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not letter then
  return ''
end
local fields, own = letter[2], nil
-- The original fields come first. The last `dead.fields` holds their number.
for i = 1, #fields, 2 do
  if fields[i] == 'dead.fields' then
    own = 2 * tonumber(fields[i + 1])
  end
end
local entry = {}
for i = 1, #fields, 2 do
  if own and i < own or not own and string.sub(fields[i], 1, 5) ~= 'dead.' then
    entry[#entry + 1] = fields[i]
    entry[#entry + 1] = fields[i + 1]
  end
end
if #entry == 0 then
  return redis.error_reply('the dead letter has no original fields')
end
local id = redis.call('XADD', KEYS[2], '*', unpack(entry))
redis.call('XDEL', KEYS[1], ARGV[1])
return id
