-- Numbers in files of predictions: the shortest text that reads back as the same 32-bit float.

local answers = require "lrrun.native.answers"
local tensor = require "lrrun.native.tensor"

local function texts(list)
  local lines <close> = answers.new { form = "csv", columns = { "x" }, width = 1 }
  lines:add(tensor.new({ #list, 1 }, list), #list, 1, {}, {}, #list)
  local out = {}
  for line in lines:take():gmatch "([^\n]*)\n" do
    out[#out + 1] = line
  end
  return out
end

local is_float = tensor.new({ 1 }, { 0.1 }):values()[1] ~= 0.1

describe("a number in a file of predictions", function()
  it("reads back as the float that it was, and no shorter text does", function()
    if not is_float then
      return -- the f64 build, where they are doubles
    end
    local list = { 0, 1, -1, 0.5, 1e-5, 9.9999997e-5, 1e-13, 1e9, 123456789, 999999.94, 0.1, -0.3,
      3.4028234e38, 1.1754944e-38, 1e-45, 1e22, 0.99999994, 16777216, 1e-7, 2.5e-10 }
    local seed = 12345
    for _ = 1, 4000 do
      seed = (seed * 6364136223846793005 + 1442695040888963407) & 0x7fffffffffffffff
      local x = ("<f"):unpack(("<I4"):pack(seed >> 31))
      if x == x and x - x == 0 then
        list[#list + 1] = x
        list[#list + 1] = (seed >> 11) / 2 ^ 52 -- from 0 to 1
      end
    end
    local got = texts(list)
    assert.equal(#list, #got)
    for i, x in ipairs(list) do
      local want = ("<f"):unpack(("<f"):pack(x))
      assert.equal(want, ("<f"):unpack(("<f"):pack(tonumber(got[i]))), got[i])
      local whole = got[i]:find "[.e]" and got[i] or got[i]:gsub("0+$", "")
      local digits = #whole:gsub("e.*", ""):gsub("^%-?0*%.?0*", ""):gsub("%.", "")
      if digits > 6 then
        local shorter = tonumber(("%." .. digits - 1 .. "g"):format(want))
        assert.is_false(want == ("<f"):unpack(("<f"):pack(shorter)), got[i])
      end
    end
    assert.same({ "0", "1", "-1", "0.5" }, { table.unpack(got, 1, 4) })
  end)
end)
