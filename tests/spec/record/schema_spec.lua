local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local schema = require "lrrun.record.schema"
local seal = require "lrrun.record.seal"
local stored = require "lrrun.record.stored"
local temporary = require "support.temporary"

local PART = schema.record {
  keys = { { "n", "integer", min = 0, required = true }, { "kind", "string" } },
}
local RECORD = schema.record {
  name = "part.json", formats = { 1, 2 }, advice = "take it from a copy", form = "json",
  most = 10000, sealed = true,
  keys = {
    { "format", "integer" },
    { "name", "string", longest = 8 },
    { "rate", "number", min = 0, below = 1 },
    { "any", "real" },
    { "on", "boolean", default = true },
    { "mode", "string", choices = { "min", "max" } },
    { "sum", "sha256" },
    { "either", { "integer", "string" } },
    { "list", "list", of = "integer", most = 3 },
    { "parts", "list", of = PART },
    { "part", "record", of = PART },
    { "map", "map", of = { nil, "number", min = 0 }, most = 2, names = function(name)
      return name:find "/" and "holds a slash" or nil
    end },
    { "tree", "tree" },
    { "text", "text", longest = 100 },
    { "sha256", "sha256" },
  },
  check = function(o, fail)
    if o.rate and o.any and o.rate > o.any then
      fail("rate", "is above 'any'")
    end
  end,
}

local function deep(n)
  local t = {}
  for _ = 1, n do
    t = { a = t }
  end
  return t
end

describe("descriptors of records", function()
  it("give a copy with defaults filled in", function()
    local given = { format = 2, list = { 1, 2.0 }, part = { n = 3 }, tree = { a = { 1, "x" } } }
    local out = RECORD:check(given, "f")
    assert.is_true(out.on)
    assert.same({ 1, 2 }, out.list)
    assert.equal("integer", math.type(out.list[2]))
    assert.same({ a = { 1, "x" } }, out.tree)
    assert.is_nil(given.on)
  end)

  it("name the field, what was found and what is taken", function()
    for _, case in ipairs {
      { { nmae = "x" }, "'nmae' is no key that is known; did you mean 'name'? It takes format, " },
      { { name = 3 }, "'name' is 3, want a string" },
      { { name = "a\27[2J" }, "'name' holds a control character" },
      { { name = "\xff" }, "'name' is not UTF-8" },
      { { name = "ninebytes" }, "'name' has 9 bytes, at most 8 are taken" },
      { { rate = 1 }, "'rate' is 1, want a number at least 0 and below 1" },
      { { rate = 0 / 0 }, "'rate' is NaN" },
      { { rate = "0.5" }, "'rate' is '0.5', want a number at least 0 and below 1" },
      { { on = "yes" }, "'on' is 'yes', want true or false" },
      { { mode = "mix" }, "'mode' is 'mix'; did you mean 'min'? Want 'min' or 'max'" },
      { { sum = "abc" }, "'sum' is 'abc', want 64 hexadecimal digits" },
      { { either = true }, "'either' is true, want an integer or a string" },
      { { either = 1.5 }, "'either' is 1.5, want an integer" },
      { { list = { 1, 2, 3, 4 } }, "'list' has 4 items, at most 3 are taken" },
      { { list = { 1, "x" } }, "'list[2]' is 'x', want an integer" },
      { { list = { 1, json.null } }, "'list[2]' is null, want an integer" },
      { { list = { a = 1 } }, "'list' is a map, want a list" },
      { { parts = { { n = 1 }, { n = -1 } } }, "'parts[2].n' is -1, want an integer at least 0" },
      { { parts = { { n = 1 }, {} } }, "'parts[2].n' is missing; it takes an integer at least 0" },
      { { part = { n = 1, m = 2 } }, "'part.m' is no key that is known; " },
      { { part = { 1 } }, "'part' is a list, want a map" },
      { { map = { ["a/b"] = 1 } }, "'map.a/b' holds a slash" },
      { { map = { a = -1 } }, "'map.a' is -1, want a number at least 0" },
      { { map = { a = 1, b = 1, c = 1 } }, "'map' has more than 2 names" },
      { { tree = deep(40) }, "'tree" .. (".a"):rep(32) .. "' is nested more than 32 deep" },
      { { tree = { a = "\xff" } }, "'tree.a' is not UTF-8" },
      { { rate = 0.5, any = 0.25 }, "'rate' is above 'any'" },
      { { format = 3 }, "'format' is 3: a newer lrrun wrote it, this one reads up to 2" },
      { { format = "1" }, "'format' is '1', want 2" },
    } do
      case[1].format = case[1].format or 1
      local out, why = RECORD:try(case[1])
      assert.is_nil(out)
      assert.equal(case[2], why:sub(1, #case[2]), why)
    end
    for value, want in pairs { [3] = "is 3, want a map", [true] = "is true, want a map" } do
      assert.equal(want, select(2, RECORD:try(value)))
    end
    assert.equal("is a list, want a map", select(2, RECORD:try { 1 }))
  end)

  it("say the file and what to do", function()
    local ok, why = pcall(RECORD.check, RECORD, { format = 1, on = 1 }, "runs/x/part.json")
    assert.is_false(ok)
    assert.equal("runs/x/part.json: 'on' is 1, want true or false; take it from a copy", why)
  end)

  it("tell records of one file apart by a key", function()
    local either = schema.record { by = "event", other = PART, variants = {
      stop = schema.record { keys = { { "event", "string" }, { "why", "string" } } } } }
    assert.same({ n = 1 }, either:try { n = 1 })
    assert.same({ event = "stop", why = "x" }, either:try { event = "stop", why = "x" })
    assert.equal("'n' is no key that is known; it takes event, why",
      select(2, either:try { event = "stop", n = 1 }))
  end)
end)

describe("checksums in records", function()
  it("hold until a byte changes", function()
    for form, text in pairs { yaml = "a: 1\nb: 2\n", json = '{\n  "a": 1\n}\n' } do
      local sealed = seal.close(text, form)
      assert.is_true(seal.holds(sealed, form))
      assert.is_nil(seal.holds(text, form))
      for i = 1, #sealed do
        local other = sealed:sub(1, i - 1) .. string.char(sealed:byte(i) ~ 4) .. sealed:sub(i + 1)
        assert.is_not_true(seal.holds(other, form))
      end
    end
    assert.same(seal.sha256 '{\n  "a": 1\n}\n', json.decode(
      seal.close('{\n  "a": 1\n}\n', "json")).sha256)
  end)
end)

describe("stored records", function()
  local home

  before_each(function()
    home = temporary.folder()
  end)

  after_each(function()
    os.execute("rm -rf " .. home)
  end)

  local function fails(want)
    local ok, why = pcall(stored.read, RECORD, home, "part.json")
    assert.is_false(ok)
    assert.truthy(why:find(want, 1, true), why)
    assert.is_nil(why:find "\n", why)
  end

  it("are read as they were sealed, and as older versions left them", function()
    assert.is_nil(stored.read(RECORD, home, "part.json"))
    local text = json.encode({ format = 1, rate = 0.5 }, { indent = true }) .. "\n"
    file.write(home .. "/part.json", text)
    assert.equal(0.5, stored.read(RECORD, home, "part.json").rate)
    file.write(home .. "/part.json", seal.close(text, "json"))
    assert.same({ format = 1, rate = 0.5, on = true }, stored.read(RECORD, home, "part.json"))
    file.write(home .. "/part.json", (seal.close(text, "json"):gsub(" 0%.5", " 0.25")))
    fails("part.json: was changed since lrrun wrote it: its checksum 'sha256' differs; take it")
  end)

  it("are plain files of a bounded size inside their folder", function()
    local path = home .. "/part.json"
    os.execute("ln -s /etc/passwd " .. path)
    fails("is a link to /etc/passwd: links out of a folder are not followed")
    os.execute("rm " .. path .. "; mkfifo " .. path)
    fails("is no plain file")
    os.execute("rm " .. path .. "; truncate -s 1T " .. path)
    fails("has 1099511627776 bytes, at most 10000 are read")
    os.execute("rm " .. path .. "; mkdir " .. path)
    fails("is no plain file")
    os.execute("rmdir " .. path)
    file.write(path, '{"format":1,"format":1}')
    fails("part.json: line 1, column")
  end)
end)
