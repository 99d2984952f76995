-- Messages of lab (sdk.Messages) in Wireshark and tshark: type and fields of each.
--
--   lab doc pcap > lab.lua
--   wireshark -X lua_script:lab.lua run.pcapng
--   tshark -X lua_script:lab.lua -r run.pcapng -Y 'lab.type == "append" && lab.field == "term=4"'
--
-- The binary form is described in the documentation of Head in package sdk/value.

local lab = Proto("lab", "lab message")
local type_field = ProtoField.string("lab.type", "Type")
local field_field = ProtoField.string("lab.field", "Field")
local payload_field = ProtoField.bytes("lab.payload", "Payload")
local cut = ProtoExpert.new("lab.cut", "The capture does not hold all fields of the message",
  expert.group.UNDECODED, expert.severity.NOTE)
lab.fields = { type_field, field_field, payload_field }
lab.experts = { cut }

local mark = 0xAB4C01 -- two bytes that mark a message, and the version
local deepest = 8     -- nesting of lists and dicts

-- A reader is the packet's bytes and a position. Reading behind what was captured is an error, which dissect catches.
local function take(r, n)
  if n > r.limit - r.pos then error("cut") end
  local range = r.tvb(r.pos, n)
  r.pos = r.pos + n
  return range
end

local function uvarint64(r)
  local value, shift = UInt64(0), 0
  repeat
    local b = take(r, 1):uint()
    value = value + UInt64(b % 128):lshift(shift)
    shift = shift + 7
  until b < 128 or shift > 63
  return value
end

local function uvarint(r) return uvarint64(r):tonumber() end

-- A zig-zag varint: 0, -1, 1, -2.
local function varint(r)
  local u = uvarint64(r)
  local half = u:rshift(1)
  if u:lower() % 2 == 1 then half = half:bxor(UInt64.max()) end
  return Int64.new(half:lower(), half:higher())
end

local function text(r)
  local n = uvarint(r)
  if n == 0 then return "" end
  return take(r, n):string(ENC_UTF_8)
end

-- A number of the least unit, in the largest of which there is one.
local function quantity(n, units)
  n = n:tonumber()
  for _, unit in ipairs(units) do
    if math.abs(n) >= unit[1] then return string.format("%.14g%s", n / unit[1], unit[2]) end
  end
  return string.format("%.14g%s", n / units[#units][1], units[#units][2])
end

local durations = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" } }
local rates = { { 1e9, "gbit" }, { 1e6, "mbit" }, { 1e3, "kbit" }, { 1, "bit" } }
local value

local function list(r, depth)
  local items = {}
  for i = 1, uvarint(r) do items[i] = value(r, depth + 1) end
  return "[" .. table.concat(items, ", ") .. "]"
end

local function dict(r, depth)
  local items = {}
  for i = 1, uvarint(r) do items[i] = '"' .. text(r) .. '": ' .. value(r, depth + 1) end
  return "{" .. table.concat(items, ", ") .. "}"
end

local function quoted(r) return '"' .. text(r) .. '"' end

-- By tag, from 0.
local values = {
  [0] = function() return "None" end,
  function() return "False" end,
  function() return "True" end,
  function(r) return tostring(varint(r)) end,
  function(r) return string.format("%.14g", take(r, 8):le_float()) end,
  quoted,
  function(r)
    local n = uvarint(r)
    return "b\"" .. (n > 0 and tostring(take(r, n):bytes()) or "") .. "\""
  end,
  function(r) return quantity(varint(r), durations) end,
  function(r) return quantity(varint(r), rates) end,
  quoted,
  quoted,
  list,
  dict,
}

value = function(r, depth)
  local read = values[take(r, 1):uint()]
  if not read or depth > deepest then error("malformed") end
  return read(r, depth)
end

-- Adds type and fields to the tree, as far as they were captured, and returns them as a line.
local function head(r, tree, shown)
  local start = r.pos
  shown[1] = text(r)
  tree:add(type_field, r.tvb(start, r.pos - start), shown[1])
  for i = 1, uvarint(r) do
    start = r.pos
    shown[i + 1] = text(r) .. "=" .. value(r, 0)
    tree:add(field_field, r.tvb(start, r.pos - start), shown[i + 1])
  end
end

function lab.dissector(tvb, pinfo, tree)
  pinfo.cols.protocol = "lab"
  tree = tree:add(lab, tvb())
  local r = { tvb = tvb, pos = 3, limit = tvb:captured_len() }
  local shown = {}
  local whole = pcall(function()
    local length = uvarint(r)
    local stop = r.pos + length
    head(r, tree, shown)
    if r.pos ~= stop then error("malformed") end
  end)
  if not whole then
    tree:add_proto_expert_info(cut)
  elseif r.pos < r.limit then
    tree:add(payload_field, tvb(r.pos))
  end
  pinfo.cols.info = table.concat(shown, " ")
end

local function marked(tvb)
  return tvb:captured_len() >= 6 and tvb(0, 3):uint() == mark
end

lab:register_heuristic("udp", function(tvb, pinfo, tree)
  if not marked(tvb) then return false end
  lab.dissector(tvb, pinfo, tree)
  return true
end)

-- Wireshark asks the owner of a port before it looks for a mark, and many ports have one: 7000, of Raft here, belongs to
-- AFS. So the owners are asked by way of this one, which looks for the mark first.
local ports = DissectorTable.get("udp.port")
local owners = {}
local port = Proto("lab_port", "lab message or another protocol")

function port.dissector(tvb, pinfo, tree)
  if marked(tvb) then
    lab.dissector(tvb, pinfo, tree)
    return tvb:len()
  end
  local owner = owners[pinfo.match_uint]
  return owner and owner:call(tvb, pinfo, tree) or 0
end

for number = 1, 65535 do
  owners[number] = ports:get_dissector(number)
  if owners[number] then ports:add(number, port) end
end
