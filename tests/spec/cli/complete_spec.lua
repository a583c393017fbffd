-- Completions: what `lrrun complete` says, and what bash makes of it (packaging/completions).
local program = require "support.program"
local verbs = require "lrrun.cli.verbs"

local RECIPE = [[
local width = option("width", 64)
return recipe { data = data.blobs { n = 60 }, model = nn.sequential { nn.linear(width) },
  optimizer = optim.adam { lr = 0.1 }, epochs = 1 }
]]

-- Sources the completions and asks for those of the words that readline would have cut.
local ASK = [[
cd %s || exit; PATH=%s/bin:$PATH; . %s/lrrun.bash
COMP_WORDS=(lrrun "$@"); COMP_CWORD=$#; COMPREPLY=(); _lrrun
[ ${#COMPREPLY[@]} = 0 ] || printf '%%s\n' "${COMPREPLY[@]}"
]]

local function absolute(path)
  local pipe <close> = assert(io.popen("realpath " .. program.quote(path)))
  return pipe:read "l"
end

local function lines(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  return list
end

-- A folder with r.lua, in which lrrun is on the PATH of `bash`; bash "eval |ru" gives what may
-- come for the words between bars, the last of which is begun.
local function place(text)
  local folder = program.folder(finally)
  program.write(folder .. "/r.lua", text or RECIPE)
  assert(os.execute(("mkdir %s/bin && ln -s %s %s/bin/lrrun"):format(folder,
    program.quote(absolute(program.path)), folder)))
  local script = folder .. "/bin/ask.sh"
  program.write(script, ASK:format(folder, folder, absolute "packaging/completions"))
  return folder, function(words)
    local list = {}
    for word in (words .. "|"):gmatch "([^|]*)|" do
      list[#list + 1] = program.quote(word)
    end
    local pipe <close> = assert(io.popen(("XDG_STATE_HOME=%s/state bash %s %s 2>&1"):format(folder,
      script, table.concat(list, " "))))
    return lines(pipe:read "a")
  end
end

local function has(list, word)
  for _, item in ipairs(list) do
    if item == word then
      return true
    end
  end
  return false
end

local function run_folder(folder, name)
  local path = program.quote(folder .. "/" .. name)
  assert(os.execute(("mkdir -p %s && touch %s/run.yaml"):format(path, path)))
end

describe("Completion in bash", function()
  it("has every verb, and recipes beside them", function()
    local _, ask = place()
    local list = ask ""
    for _, name in ipairs(verbs.names()) do
      assert.is_true(has(list, name), name)
    end
    assert.is_true(has(list, "r.lua"))
    assert.is_false(has(list, "trial"))
    assert.same({ "plan" }, ask "pl")
    assert.same({ "r.lua" }, ask "plan|r")
  end)

  it("has the flags of the verb that are not given yet", function()
    local _, ask = place()
    local list = ask "search|r.lua|--trials|3|--"
    assert.is_true(has(list, "--pruner"))
    assert.is_true(has(list, "--set"))
    assert.is_false(has(list, "--trials"))
    assert.is_false(has(list, "--prompt"))
    assert.is_false(has(ask "eval|x|--", "--set"))
  end)

  it("has what a flag takes, behind a blank or =", function()
    local _, ask = place()
    assert.same({ "strict" }, ask "r.lua|--sandbox|s")
    assert.same({ "strict" }, ask "r.lua|--sandbox|=|s")
    assert.same({ "median", "asha", "hyperband" }, ask "search|r.lua|--pruner|")
    assert.same({ "bin" }, ask "r.lua|--data|b")
    assert.same({ "bin", "r.lua" }, ask "init|--data|")
  end)

  it("has runs by their path or their name alone, also those of --out", function()
    local folder, ask = place()
    run_folder(folder, "runs/digits-1")
    run_folder(folder, "old/blobs-7")
    assert(os.execute(("mkdir %s/runs/digits-study"):format(folder)))
    assert.same({ "runs/digits-1" }, ask "eval|")
    assert.same({ "runs/digits-1" }, ask "predict|di")
    assert.same({ "runs/digits-1" }, ask "compare|old/blobs-7|runs/")
    assert.same({ "old/blobs-7" }, ask "eval|old/b")
    assert.same({ "old/blobs-7" }, ask "--out|old|diff|x|")
    assert(os.execute(("touch %s/runs/digits-study/study.json"):format(folder)))
    assert.same({ "runs/digits-1", "runs/digits-study" }, ask "report|")
  end)

  it("offers no name that a shell would act on", function()
    local folder, ask = place()
    for _, name in ipairs { "$(touch x)", "a;b", "a b", "`c`", "a\nb", "a&b", "'" } do
      run_folder(folder, "runs/" .. name)
    end
    run_folder(folder, "runs/zürich-1")
    assert.same({ "runs/zürich-1" }, ask "eval|runs/")
  end)

  it("has the keys of --set that this recipe has, and its options", function()
    local _, ask = place()
    assert.same({ "width=" }, ask "r.lua|--set|wi")
    assert.same({ "optimizer.amsgrad=" }, ask "r.lua|--set|optimizer.am")
    assert.same({ "true", "false" }, ask "r.lua|--set|optimizer.amsgrad|=|")
    assert.same({ "optimizer.lr=", "optimizer.like=" }, ask "r.lua|--set|=|optimizer.l")
    assert.same({ "model.1.units=" }, ask "plan|r.lua|--set|model.1.u")
    assert.same({ "clip.norm=" }, ask "r.lua|--set|clip.n")
    assert.same({ "width=" }, ask "import|x.safetensors|r.lua|--set|wi")
    assert.same({}, ask "r.lua|--set|optimizer.momentum")
    assert.same({ "schedule=", "stop=" }, ask "continue|x|--set|s")
    assert.same({ "skip=" }, ask "data|x.csv|--set|ski")
    assert.same({ "skip=" }, ask "init|--data|x.csv|--set|ski")
  end)

  it("says nothing of words that mean nothing", function()
    local _, ask = place()
    assert.same({}, ask "--nonsense|=|x")
    assert.same({}, ask "nonsense|x|--set|y")
    assert.same({}, ask "r.lua|--seed|")
    assert.same({}, ask "trust|--list|nothing-of-that-name")
  end)
end)

describe("Completion of a stranger's recipe", function()
  it("runs it in the sandbox, also where it is trusted", function()
    local folder, ask = place [[
      local ok = pcall(function() return io.open("mine", "w") end)
      return recipe { data = data.blobs { n = 60 }, model = nn.linear(option(ok and "left_open" or
        "left_shut", 1)), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }
    ]]
    assert.equal(0, (program.run(("trust %s/r.lua"):format(folder),
      ("XDG_STATE_HOME=%s/state"):format(folder))))
    assert.same({ "left_shut=" }, ask "r.lua|--set|left")
    assert.is_nil(io.open(folder .. "/mine"))
  end)

  it("trains nothing and leaves nothing", function()
    local folder, ask = place(RECIPE:gsub("return (recipe %b{})", "train.fit(%1)\n") .. "print(1)")
    assert.same({ "optimizer.lr=", "optimizer.like=" }, ask "r.lua|--set|optimizer.l")
    assert.same({ "width=" }, ask "r.lua|--set|wi")
    assert.is_nil(io.open(folder .. "/runs"))
  end)

  it("ends soon, and has the keys of any recipe where it goes wrong", function()
    for _, text in ipairs { "while true do pcall(error) end", "return }", "error 'no'", "return 1",
      "local t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end" } do
      local _, ask = place(text)
      assert.same({ "schedule=" }, ask "r.lua|--set|sch", text)
    end
  end)
end)
