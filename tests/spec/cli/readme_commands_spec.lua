-- The commands that README.md shows are run as they stand, in one folder, in its order.
local program = require "support.program"

-- Of what takes a while, less: words behind the command.
local LESS = {
  ["write.lua"] = "--set steps=4 --set validate='2 steps'",
  ["generate runs/write-1 --prompt \"The \" --tokens 300"] = "--tokens 8",
}

-- What is not run here, by how it begins, and why.
local LEFT_OUT = {
  ["make quickstart"] = "it installs packages",
  ["make test"] = "it is what runs this",
  ["mpirun "] = "tests/spec/dist has these, where an MPI is",
  ["lrrun advise recipe.lua --budget \"10 min\""] = "it takes ten minutes",
}

local RECIPE = [[
return recipe {
  name = "NAME", data = data.csv { "FILE", target = "kind", batch = 20, val = 0.2 },
  model = nn.sequential { nn.linear(3), nn.relu(), nn.linear(2) },
  optimizer = optim.adam { lr = 1e-2 }, epochs = 2,
}]]

local function read(path)
  local handle <close> = assert(io.open(path))
  return handle:read "a"
end

local function left_out(line)
  for start in pairs(LEFT_OUT) do
    if line:sub(1, #start) == start then
      return true
    end
  end
  return false
end

-- Shells' lines of a text, without what is said of them.
local function commands(text)
  local list = {}
  for line in text:gmatch "\n    ([^\n]+)" do
    line = line:gsub("%s+#.*$", "")
    if line:find "^lrrun " or line:find "^%.%./build/lrrun " or line:find "^zcat " then
      list[#list + 1] = (line:gsub("^%.%./build/", ""))
    elseif line:find "^make " or line:find "^mpirun " then
      list[#list + 1] = line
    end
  end
  return list
end

-- What the commands take for granted.
local function prepare(folder, text)
  local rows = { "PassengerId,a,b,kind" }
  for i = 1, 60 do
    rows[i + 1] = ("%d,%g,%g,%s"):format(i, i * 37 % 101, i * 53 % 97, i % 2 == 0 and "yes" or "no")
  end
  local table_text = table.concat(rows, "\n") .. "\n"
  program.write(folder .. "/test.csv", table_text)
  program.write(folder .. "/wine.csv", read "recipes/wine.csv")
  program.write(folder .. "/book.txt", ("The cat sat on the mat, and that was that.\n"):rep(40))
  local model = text:match "```lua\n(return recipe {\n  name = \"write\".-)```"
  program.write(folder .. "/write.lua", model)
  for file_name, name in pairs { recipe = "recipe", mine = "mine", titanic = "titanic",
    quickstart = "quickstart" } do
    program.write(("%s/%s.lua"):format(folder, file_name),
      (RECIPE:gsub("NAME", name):gsub("FILE", "test.csv")))
    local code, _, err = program.run_in(folder, file_name .. ".lua --quiet")
    assert.equal(0, code, err)
  end
  assert(os.execute(("cd %s && cp runs/mine-1/weights.safetensors model.safetensors "
    .. "&& gzip -c test.csv > rows.csv.gz"):format(program.quote(folder))))
end

describe("The commands of README.md", function()
  it("run as they stand", function()
    local text = read "README.md"
    local folder = program.folder(finally)
    prepare(folder, text)
    local path = program.path
    if path:sub(1, 1) ~= "/" then
      path = os.getenv "PWD" .. "/" .. path
    end
    local n = 0
    for _, line in ipairs(commands(text)) do
      if not left_out(line) then
        local words = line .. " " .. (LESS[line:gsub("^lrrun ", "")] or "")
        local code, _, err = program.run_in(folder, ("--version >/dev/null && %s"):format(
          words:gsub("lrrun ", program.quote(path):gsub("%%", "%%%%") .. " ")))
        assert.equal(0, code, line .. ": " .. err)
        n = n + 1
      end
    end
    assert.is_true(n >= 14, n)
  end)
end)
