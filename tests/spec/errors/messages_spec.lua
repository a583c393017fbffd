-- Every mistake in a recipe gives one message: the recipe's file and line, what was found,
-- what is taken, and nothing of lrrun's inside.

local recipes = require "support.recipes"
local files = require "support.files"

-- In a folder of its own, so that no case finds another's files.
local function check(case)
  local folder = files.folder()
  for name, bytes in pairs(case.files or {}) do
    files.write(folder, name, bytes)
  end
  local message = recipes.message(folder, case.text or recipes.text(case[2]), case.set)
  os.execute("rm -rf " .. folder)
  assert.is_string(message, "no error was raised")
  message = message:gsub(folder:gsub("%p", "%%%0"), "FOLDER")
  assert.equal(case.says, message:sub(1, #case.says), message)
  assert.is_nil(message:find("lrrun/", 1, true), message)
  assert.is_nil(message:find("stack traceback", 1, true), message)
  assert.is_nil(message:find("0x%x%x%x"), message)
end

for topic, name in pairs {
  keys = "keys and types", recipe = "what does not fit", data = "data",
  script = "scripts and --set", more = "of every part",
} do
  describe("mistakes: " .. name .. ":", function()
    for _, case in ipairs(require("spec.errors." .. topic .. "_cases")) do
      it(case[1], function()
        check(case)
      end)
    end
  end)
end

describe("a recipe without a mistake", function()
  it("raises nothing", function()
    assert.is_nil(recipes.message(files.folder(), recipes.text {}))
  end)
end)
