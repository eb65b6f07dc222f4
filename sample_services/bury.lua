-- Moves an entry from its stream to the dead letters, in one step: it is always in exactly one of them.
-- KEYS: the stream, the stream of dead letters
-- ARGV: the group, the entry's id, how many dead letters to keep, then the fields and values that tell why
-- Returns the dead letter's id; '' when the entry is not in the stream any more
-- The fields are read here, not sent: a client may not have been able to decode them.
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
local id = ''
if entry then
  local fields = entry[2]
  local kept = #fields
  -- More would not fit on the stack of a call.
  if kept > 7000 then
    kept = 7000
  end
  local letter = {}
  for i = 1, kept do
    letter[i] = fields[i]
  end
  -- How many of them are the entry's own, which come first: it may have had a field with the name of one of ours.
  letter[kept + 1] = 'dead.fields'
  letter[kept + 2] = tostring(kept / 2)
  for i = 4, #ARGV do
    letter[#letter + 1] = ARGV[i]
  end
  id = redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', unpack(letter))
  redis.call('XDEL', KEYS[1], ARGV[2])
end
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return id
