-- Every function and method that help documents, called with values that it does not take: the
-- message names the function and what is taken, and nothing of lrrun's inside.

local language = require "lrrun.language"
local methods = require "lrrun.language.methods"
local program = require "support.program"

-- Run as a recipe: prints a line for each bad message.
local SWEEP = [==[
local functions, of_objects = option("functions", ""), option("methods", "")
local model = nn.sequential { nn.linear(4), nn.linear(3) }:build({ 2 }, { batch = 4, seed = 1 })
local opt = optim.adam { lr = 0.1 }:bind(model)
local dataset = data.spirals { n = 60, batch = 20, val = 0.2 }
local batch
for b in dataset:batches("train", 1) do batch = batch or b end
local trained = recipe { data = data.spirals { n = 60 }, model = nn.linear(3), epochs = 1,
  optimizer = optim.sgd { lr = 0.1 } }
local result, run = train.fit(trained, { record = false, quiet = true })
local objects = {
  layer = nn.linear(2), loss = nn.mse():build({ 2 }, { batch = 4 }), model = model, optimizer = opt,
  optim = optim.adam {}, schedule = schedule.cosine {}, dataset = dataset,
  tensor = tensor.new({ 2 }, { 1, 2 }),
  tokenizer = data.text { "words.txt", task = "lm", context = 2 }.tokenizer,
}
local unbuilt = nn.mse()

local wrong = {
  { "nil", nil }, { "{}", {} }, { "text", "x" }, { "empty", "" }, { "3", 3 }, { "-1", -1 },
  { "nan", 0 / 0 }, { "inf", math.huge }, { "1e300", 1e300 }, { "maxinteger", math.maxinteger },
  { "1.5", 1.5 }, { "function", print }, { "true", true }, { "false", false }, { "3 as text", "3" },
  { "list", { 1, "x", {} } }, { "named", { foo = 1 } }, { "thread", coroutine.create(print) },
  { "escapes", "\27[31m\u{202e}" }, { "shape", { 2 } }, { "long", ("x"):rep(100000) },
  { "run", run }, { "result", result }, { "batch", batch }, { "recipe", trained },
  { "strict", setmetatable({}, { __index = function() error "asked" end }) },
}
for name, object in pairs(objects) do wrong[#wrong + 1] = { name, object } end
local second = { wrong[1], wrong[2], wrong[3], wrong[7], { "loss", unbuilt } }

-- Of what stands second each first value has two, which others of each function's: all pairs are
-- met, by some function, in two fifths of the time.
local EACH, turn = 2, 0

local BAD = { "attempt to", "bad argument", "%?", "%(nil%)", "nil value", "field '", "lrrun:lrrun",
  "table: 0x", "function: 0x", "thread: 0x", "userdata", "upvalue", "local '", "%c",
  "stack traceback", "light" }
local calls, seen = 0, {}

-- Whether the function is named, or the object; a strict one may speak for itself.
local OTHERS = { "nn.linear", "schedule.cosine", "asked$", "a trained run shows no" }
local function names_it(who, text)
  local found = text:find(who:match "[%w_]+$", 1, true)
  for _, other in ipairs(OTHERS) do
    found = found or text:find(other)
  end
  return found
end

local function check(who, args, message)
  calls = calls + 1
  local text = type(message) == "string" and message or "no text: " .. type(message)
  local bare = text:gsub("misspelt variable%?", ""):gsub("did you mean '[^']*'%?", "")
    :gsub("called with %(%) or {}%?", "")
  local bad = type(message) ~= "string" and "no text" or #text > 1500 and "long"
  for _, pattern in ipairs(BAD) do
    bad = bad or bare:find(pattern) and pattern
  end
  bad = bad or not names_it(who, bare) and "no name"
  if bad and not seen[who .. bad] then
    seen[who .. bad] = true
    print(("BAD %s(%s) [%s]: %s"):format(who, args, bad, text))
  end
end

local function call(who, args, f, ...)
  local ok, message = pcall(f, ...)
  if not ok then
    check(who, args, message)
  end
end

local function sweep(who, f, self)
  local has_self = self ~= nil
  turn = turn + 1
  call(who, "nothing", f)
  for _, a in ipairs(wrong) do
    if has_self then
      call(who, "self " .. a[1], f, a[2])
      call(who, a[1], f, self, a[2])
    else
      call(who, a[1], f, a[2])
      call(who, "{" .. a[1] .. "}", f, { a[2] })
    end
    for _ = 1, EACH do
      turn = turn + 1
      local b = second[turn % #second + 1]
      if has_self then
        call(who, a[1] .. ", " .. b[1], f, self, a[2], b[2])
      elseif a[1] ~= "recipe" then
        call(who, a[1] .. ", " .. b[1], f, a[2], b[2])
      end
    end
  end
end

for name in functions:gmatch "%S+" do
  local module, field = name:match "^(%w+)%.([%w_]+)$"
  local f
  if module then f = require(module)[field] else f = _G[name] end
  if type(f) == "function" and name ~= "search.minimize" then sweep(name, f) end
end
for name in of_objects:gmatch "%S+" do
  local kind, method = name:match "^(%w+):([%w_]+)$"
  local self = name == "loss:build" and unbuilt or objects[kind]
  assert(type(self[method]) == "function", name)
  sweep(name, self[method], self)
end
print("calls", calls)
]==]

local function names_of_functions()
  local names = { "recipe", "option", "require" }
  for module in pairs(language.modules) do
    for _, name in ipairs(language.names(module)) do
      names[#names + 1] = module .. "." .. name
    end
  end
  table.sort(names)
  return table.concat(names, " ")
end

local function names_of_methods()
  local names = {}
  for name in pairs(methods.list) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, " ")
end

describe("what is called with values that it does not take", function()
  it("says who was called and what is taken, and nothing of the inside", function()
    local folder = program.folder(finally)
    program.write(folder .. "/r.lua", SWEEP)
    program.write(folder .. "/words.txt", "one two")
    local code, out, err = program.run(("--quiet --out %s/runs --lua-seconds 100 "
      .. "--lua-memory 1000 --set 'functions=%s' --set 'methods=%s' %s/r.lua"):format(folder,
      names_of_functions(), names_of_methods(), folder))
    assert.equal(0, code, err)
    assert.is_nil(out:find "BAD", out)
    assert.is_true(tonumber(out:match "calls\t(%d+)") > 10000)
  end)

  it("is so without pcall: one line with the recipe's place", function()
    for text, says in pairs {
      ['data.digits {}:batches("train", {})'] = "data.*batches does not take %('train', a table%); "
        .. "it takes %(split, epoch, { scaled }%)",
      ["nn.linear(3):build()"] = "build",
      ["local m = nn.linear(3):build { 2 }\nm:step()"] = "step: want a batch",
      ["local m = nn.linear(3):build { 2 }\nm.step()"] = "methods are called with ':'",
      ["optim.adam {}:bind(nn.linear(3):build { 2 }):update(3)"] = "update",
      ["tensor.new()"] = "tensor.new: argument 1 is missing, want a table",
      ["tensor.new({ 2 }):set('x')"] = "tensor:set: argument 1 is 'x', want a table",
      ["tensor.new({ 2 }).set(1)"] = "tensor:set: want that of which it is a method, got 1",
      ["coroutine.wrap(function() tensor.new(1) end)()"] = "tensor.new: argument 1 is 1",
      ["train.evaluate('')"] = "train.evaluate",
      ["train.fit(setmetatable({}, { __index = error }))"] = "train.fit: want a recipe",
    } do
      local code, out, err = program.recipe(finally, text)
      assert.equal(1, code, text)
      assert.equal("", out)
      assert.matches("^lrrun: [^\n]*r%.lua:%d: [^\n]*\n$", err)
      assert.matches(says, err)
    end
  end)

  it("has help on every method", function()
    for name, entry in pairs(methods.list) do
      local code, out = program.run("help " .. name)
      assert.equal(0, code)
      assert.matches(entry[2], out, 1, true)
    end
    local _, out = program.run "help opt:update"
    assert.matches("^optimizer:update { lr", out)
    for _, word in ipairs { "grad_norms", "tensorboard" } do
      for _, topic in ipairs { "metrics", word } do
        _, out = program.run("help " .. topic)
        assert.matches(word, out)
      end
    end
  end)
end)
