--- All that `lrrun help` tells about, by name: for its hint and for shells. Layer: cli.

local language = require "lrrun.language"
local methods = require "lrrun.language.methods"
local metrics = require "lrrun.metrics"
local options = require "lrrun.util.options"
local sorted = require "lrrun.util.sorted"
local verbs = require "lrrun.cli.verbs"

---@return string[]
return function()
  language.load_all()
  local topics, seen = verbs.names(), {}
  for _, name in ipairs { "limits", "notes", "mup", "ranks", "bf16" } do
    topics[#topics + 1], seen[name] = name, true
  end
  local function add(topic)
    if not seen[topic] then
      seen[topic] = true
      topics[#topics + 1] = topic
    end
  end
  for _, name in ipairs(metrics.names(metrics.shown, metrics.plain)) do
    add(name)
  end
  for _, verb in ipairs(verbs.list) do
    for _, flag in ipairs(verbs.flags(verb)) do
      add(flag[1])
    end
  end
  for name in sorted.pairs(language.docs) do
    add(name)
  end
  for name in sorted.pairs(methods.list) do
    add(name)
  end
  for name, desc in sorted.pairs(options.registry) do
    add(name)
    add(name:match "^[%w_]+")
    add(name:match "[%w_]+$")
    for _, rule in ipairs(desc.keys) do
      add(rule[1])
    end
  end
  return topics
end
