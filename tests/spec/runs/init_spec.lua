local json = require "lrrun.record.json"
local program = require "support.program"
local runs = require "support.runs"
local safetensors = require "lrrun.record.safetensors"
local tensor = require "lrrun.tensor"

-- One epoch without validation: the last weights are the best, and those are in the file.
local FIRST = [[
return recipe {
  name = "first",
  data = data.digits { limit = 100 },
  model = nn.sequential { nn.linear(6), nn.tanh(), nn.linear(10) },
  optimizer = optim.sgd { lr = 0.1 }, epochs = 1,
}
]]
-- A rate too small to change any weight: the digest shows what the run began with.
local SECOND = [[
return recipe {
  name = "second", seed = 9,
  data = data.digits { limit = 100 },
  model = nn.sequential { nn.linear(6), nn.tanh(), nn.linear(10) },
  optimizer = optim.sgd { lr = 1e-30 }, epochs = 1,
  init = %s, %s
}
]]

local function run(folder, name, text)
  local path = ("%s/%s.lua"):format(folder, name)
  program.write(path, text)
  local code, out, err = program.run(("%s --out %s/runs --json --quiet"):format(path, folder))
  return code == 0 and json.decode(out) or nil, err
end

describe("a recipe's init", function()
  it("takes the weights of another run", function()
    local folder = runs.folder(finally)
    local first = run(folder, "first", FIRST)
    local second = run(folder, "second", SECOND:format('"runs/first-1/weights.safetensors"', ""))
    assert.equal(first.digest, second.digest)
  end)

  it("knows other names, by themselves and by pattern, and leaves out what it may", function()
    local folder = runs.folder(finally)
    local a, b = {}, {}
    for i = 1, 6 * 64 do
      a[i] = i / 1000
    end
    for i = 1, 6 do
      b[i] = -i
    end
    safetensors.write(folder .. "/w.safetensors", {
      ["net.fc1.weight"] = tensor.new({ 6, 64 }, a), ["net.fc1.bias"] = tensor.new({ 6 }, b),
      other = tensor.new({ 2 }, { 1, 2 }),
    })
    local init = [[{ "w.safetensors", map = { ["1%%.linear%%.(%%a+)"] = "net.fc1.%%1" }, %s }]]
    local _, err = run(folder, "a", SECOND:format(init:format "", ""))
    assert.matches("init: .*w%.safetensors has no 3%.linear%.bias, 3%.linear%.weight", err)
    assert.matches("a%.lua:6", err)
    local result = run(folder, "b", SECOND:format(init:format "partial = true", ""))
    local reader <close> = safetensors.open(result.run .. "/weights.safetensors")
    local got = tensor.new { 6 }
    reader.load("1.linear.bias", got)
    assert.same({ -1, -2, -3, -4, -5, -6 }, got:values())
  end)

  -- { type, bytes of the numbers 1, -0.5, 2 in it; nil: refused }
  for _, case in ipairs {
    { "F16", "\x00\x3c\x00\xb8\x00\x40" }, { "BF16", "\x80\x3f\x00\xbf\x00\x40" },
    { "F32", ("<fff"):pack(1, -0.5, 2) }, { "F64", ("<ddd"):pack(1, -0.5, 2) },
    { "I8", "\1\2\3", true },
  } do
    it((case[3] and "refuses" or "takes") .. " weights of type " .. case[1], function()
      local folder = runs.folder(finally)
      local header = ('{"1.linear.bias":{"dtype":"%s","shape":[3],"data_offsets":[0,%d]}}'):format(
        case[1], #case[2])
      program.write(folder .. "/w.safetensors", ("<s8"):pack(header) .. case[2])
      local result, err = run(folder, "t", (SECOND:gsub("nn.linear%(6%)", "nn.linear(3)")
        :format('{ "w.safetensors", partial = true }', "")))
      if case[3] then
        assert.matches("t%.lua:6: init: .*w%.safetensors: tensor '1%.linear%.bias': numbers of "
          .. "type I8 do not go into a real tensor, want F16, BF16, F32 or F64", err)
        return
      end
      local reader <close> = safetensors.open(result.run .. "/weights.safetensors")
      local got = tensor.new { 3 }
      reader.load("1.linear.bias", got)
      assert.same({ 1, -0.5, 2 }, got:values())
    end)
  end

  it("refuses another shape", function()
    local folder = runs.folder(finally)
    safetensors.write(folder .. "/w.safetensors", {
      ["1.linear.weight"] = tensor.new { 64, 6 }, ["1.linear.bias"] = tensor.new { 6 },
    })
    local init = '{ "w.safetensors", partial = true }'
    local _, err = run(folder, "c", SECOND:format(init, ""))
    assert.matches("'1%.linear%.weight' is %(64, 6%), want %(6, 64%)", err)
  end)

  it("goes with freeze: what does not train keeps its bits", function()
    local folder = runs.folder(finally)
    local first = run(folder, "first", FIRST)
    local second = run(folder, "second", (SECOND:gsub("1e%-30", "0.1"))
      :format('"runs/first-1/weights.safetensors"', "freeze = '^1%.',"))
    local function values(result, name)
      local reader <close> = safetensors.open(result.run .. "/weights.safetensors")
      local t = tensor.new(reader.by_name[name].shape)
      reader.load(name, t)
      return t:values()
    end
    assert.same(values(first, "1.linear.weight"), values(second, "1.linear.weight"))
    assert.not_same(values(first, "3.linear.weight"), values(second, "3.linear.weight"))
  end)
end)
