-- Texts of recipes, files and names: shown with what could mislead written out, everywhere.

local escape = require "lrrun.page.escape"
local json = require "lrrun.record.json"
local output = require "lrrun.cli.output"
local program = require "support.program"
local screen = require "lrrun.util.screen"
local yaml = require "lrrun.record.yaml"

-- One of each kind, behind a letter.
local HOSTILE = {}
for code = 0, 0x9f do
  if (code < 0x20 or code >= 0x7f) and code ~= 9 and code ~= 10 then
    HOSTILE[#HOSTILE + 1] = "a" .. utf8.char(code)
  end
end
for _, code in ipairs { 0xad, 0x61c, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a,
  0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067, 0x2068, 0x2069, 0xfeff, 0xfff9, 0xfffe,
  0xe0001, 0xe0041, 0xe007f, 0xe0100, 0x1d173, 0x10ffff, 0x115f, 0x3164 } do
  HOSTILE[#HOSTILE + 1] = "a" .. utf8.char(code)
end
local INVALID = { "\xff", "\xc3", "\xed\xa0\x80", "\xc0\x80", "\xf5\x80\x80\x80", "\x9b31m" }

local HARMLESS = { "plain", "Größe", "漢字", "привет", "e\u{301}", "👩\u{200d}👧", "❤\u{fe0f}",
  "ب\u{200c}ا", "क\u{200d}", "€ – …" }

-- What no output may have, whatever it holds.
local function is_clean(text)
  return screen.lines(text) == text
end

describe("hostile text", function()
  it("is written out, and other text stays", function()
    for _, list in ipairs { HOSTILE, INVALID } do
      for _, text in ipairs(list) do
        local shown = screen.line(text)
        assert.not_equal(text, shown)
        assert.matches("^[ -~]+$", shown)
      end
    end
    for _, text in ipairs(HARMLESS) do
      assert.equal(text, screen.line(text))
    end
    assert.equal("a\\nb\\tc", screen.line "a\nb\tc")
    assert.equal("a\nb\tc\\r", screen.lines "a\nb\tc\r")
  end)

  it("stands in JSON, YAML, XML in their forms and reads back", function()
    for _, text in ipairs(HOSTILE) do
      assert.matches("^[ -~]+$", json.encode(text))
      assert.equal(text, json.decode(json.encode(text)))
      assert.is_true(is_clean(escape(text)))
      local written = yaml.encode { key = text }
      assert.is_true(is_clean(written), written)
      assert.same({ key = text }, yaml.decode(written))
    end
    for _, text in ipairs(INVALID) do
      assert.matches("^[ -~]+$", json.encode(text))
      assert.equal(screen.line(text), json.decode(json.encode(text)))
      assert.is_true(is_clean(escape(text)))
    end
    for _, text in ipairs(HARMLESS) do
      assert.equal('"' .. text .. '"', json.encode(text))
      assert.same({ key = text }, yaml.decode(yaml.encode { key = text }))
    end
  end)

  it("does not pass by print, messages, names, plan and --json", function()
    local evil = "\\27[31m\\u{9b}31m\\u{202e}\\u{200b}x\\xff\\r"
    local recipe = ([[
local evil = "%s"
print("said " .. evil)
print(pcall(error, evil))
pcall(nn.linear, { [evil] = 1 })
local r = recipe { name = "Größe\u{202e}\u{200b}", data = data.spirals { n = 60, val = 0.2 },
  model = nn.sequential { nn.linear(4), nn.linear(3) }, optimizer = optim.sgd { lr = 0.1 },
  epochs = search.choice { 1, 2 } }
return r]]):format(evil)
    for _, flags in ipairs { "", "--json", "--verbose" } do
      local code, out, err = program.recipe(finally, recipe, flags)
      assert.equal(0, code, err)
      assert.matches("said \\x1b%[31m\\u{9b}31m\\u{202e}\\u{200b}x\\xff\\r\n", out .. err)
      assert.is_true(is_clean(out) and is_clean(err))
    end
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", recipe)
    for _, verb in ipairs { "plan", "search --trials 2 --jobs 1" } do
      local code, out, err = program.run(("%s %s/r.lua --out %s/runs"):format(verb, folder, folder))
      assert.equal(0, code, err)
      assert.is_true(is_clean(out) and is_clean(err))
    end
    for _, text in ipairs { "nn[evil]", "nn.linear { [evil] = 1 }", "nn.linear(evil)",
      "optim.adam { like = evil }", "data.csv(evil):open {}", "require(evil)", "return _G[evil]",
      "option(evil, nil)", "schedule.fn(evil)", "units[evil]", "tensor.new({ 2 }, { evil })",
      "load('x = = ' .. evil, evil)()", "evil()", "error(evil)", "return evil",
      "return recipe { name = evil }", "return recipe { freeze = evil }",
      "return recipe { optimizer = optim.adam { groups = { { match = evil } } } }" } do
      local code, out, err = program.recipe(finally, ('local evil = "%s"\n%s'):format(evil, text))
      assert.equal(1, code, text)
      assert.matches("^lrrun: [^\n]+\n$", err, text)
      assert.is_true(is_clean(out .. err), text)
    end
  end)

  it("is not shown as an address, whatever a metatable says of itself", function()
    local code, out, err = program.recipe(finally, [[
      local t = setmetatable({}, { __metatable = { __tostring = 1 } })
      print(t, tostring(t), ("%s"):format(t), print, coroutine.create(print))
      print(pcall(error, setmetatable({}, { __name = "x" })))]])
    assert.equal(0, code, err)
    assert.is_nil(out:find "0x")
  end)

  it("does not pass by words of the command line", function()
    for _, words in ipairs { "'\27[31m'", "$'x\\xe2\\x80\\xae.lua'", "--$'\\x1b'", "eval $'\\x1b'",
      "help $'\\x9b'", "data $'\\x1b'", "x.lua --set $'\\x1b'" } do
      local code, out, err = program.run("-c " .. program.quote(program.path .. " " .. words),
        "bash -c 'shift; exec bash \"$@\"' x")
      assert.is_number(code)
      assert.is_true(is_clean(out .. err), words)
    end
  end)

  it("does not take our own colours away", function()
    local out = output.new {}
    out.colors = { true, true }
    local painted = out:paint("red", "a\27b")
    local to <close> = assert(io.tmpfile())
    local stdout = io.stdout
    io.stdout = to -- luacheck: ignore
    out:print("%s %s", painted, "c\27d")
    io.stdout = stdout -- luacheck: ignore
    to:seek "set"
    assert.equal("\27[31ma\\x1bb\27[0m c\\x1bd\n", to:read "a")
  end)
end)

describe("widths", function()
  it("are those of the terminal", function()
    assert.equal("漢字  |", screen.pad("漢字", 6) .. "|")
    assert.equal("  e\u{301}", screen.pad("e\u{301}", 3, nil, true))
    assert.equal("\\x1b ", screen.pad("\27", 5))
    assert.equal(("x"):rep(7) .. "...", screen.pad(("x"):rep(500), 3, 10))
    assert.equal("漢...", screen.cut("漢字漢字", 6))
    assert.equal("漢字漢字", screen.cut("漢字漢字", 8))
  end)

  it("hold for class names of any length and script in eval and predict", function()
    local folder = program.folder(finally)
    local rows = { "a,b,y" }
    for i = 1, 60 do
      rows[#rows + 1] = ("%d,%d,%s"):format(i, i * i % 7, ({ ("n"):rep(150), "漢字",
        "x\27[31m\u{202e}", ("%s%d"):rep(60) })[i % 4 + 1])
    end
    program.write(folder .. "/t.csv", table.concat(rows, "\n") .. "\n")
    program.write(folder .. "/r.lua", [[return recipe { data = data.csv { "t.csv", target = "y",
      val = 0.5 }, model = nn.linear(4), optimizer = optim.sgd { lr = 0.01 }, epochs = 1 }]])
    local code, _, err = program.run(("--out %s/runs %s/r.lua --quiet"):format(folder, folder))
    assert.equal(0, code, err)
    local out
    for _, verb in ipairs { "eval", "report", "predict --input " .. folder .. "/t.csv" } do
      code, out, err = program.run(("%s %s/runs/r-1"):format(verb, folder))
      assert.equal(0, code, err)
      assert.is_true(is_clean(out))
    end
    local page = assert(io.open(folder .. "/runs/r-1/report.html")):read "a"
    assert.is_true(is_clean(page))
    code, out = program.run(("eval %s/runs/r-1"):format(folder))
    assert.equal(0, code)
    assert.matches("\n  n+%.%.%. +%d+  ", out)
    assert.matches("\n  漢字 +%d+  ", out)
    assert.matches("\n  x\\x1b%[31m\\u{202e} +%d+  ", out)
  end)
end)
