-- Every key of every constructor, and every flag of every verb, has help: type, default, meaning.
local language = require "lrrun.language"
local limits = require "lrrun.limits"
local options = require "lrrun.util.options"
local types = require "lrrun.util.types"
local verbs = require "lrrun.cli.verbs"

describe("Help", function()
  it("has a type, a default and a meaning of every key", function()
    language.load_all()
    local n = 0
    for name, desc in pairs(options.registry) do
      for _, rule in ipairs(desc.keys) do
        local key = name .. "." .. rule[1]
        n = n + 1
        assert.is_truthy(rule.doc and #rule.doc > 3, key .. " has no meaning")
        assert.is_true(#types.describe(rule) > 3, key)
        local default = types.default_text(rule)
        assert.is_truthy(default == "required" or default == "optional"
          or default:find "^default .", key)
      end
    end
    assert.is_true(n > 300)
  end)

  it("has a meaning of every flag, and limits have what happens", function()
    for _, verb in ipairs(verbs.list) do
      assert.is_true(#verb.doc > 10, verb[1])
      for _, flag in ipairs(verbs.flags(verb)) do
        assert.is_truthy(flag.doc and #flag.doc > 3, verb[1] .. " --" .. flag[1])
      end
    end
    for _, item in ipairs(limits.list) do
      assert.is_true(#item.doc > 3 and #item.met > 3, item[1])
    end
  end)
end)
