-- Moves an entry from its stream to the dead letters atomically: it is always in exactly one of them.
-- KEYS: the stream, the stream of dead letters
-- ARGV: the group, the entry's id, the number of dead letters to keep, then fields and values with the reason
-- Returns the dead letter's id; '' if the entry is no longer in the stream
-- The fields are read here and not sent by the client, which may not have been able to decode them.
local entry = redis.call('XRANGE', KEYS[1], ARGV[2], ARGV[2])[1]
local id = ''
if entry then
  local fields = entry[2]
  local kept = #fields
  -- More would not fit on the stack of a Lua call.
  if kept > 7000 then
    kept = 7000
  end
  local letter = {}
  for i = 1, kept do
    letter[i] = fields[i]
  end
  -- Number of the entry's own fields, which come first: one of them may have the same name as an added field.
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
