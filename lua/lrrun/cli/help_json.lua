--- `lrrun help TOPIC --json`: what the terminal shows, and the keys or flags in it one by one, for
--- editors and other programs. Layer: cli.

local help_text = require "lrrun.cli.help_text"
local json = require "lrrun.record.json"
local language = require "lrrun.language"
local options = require "lrrun.util.options"
local sorted = require "lrrun.util.sorted"
local types = require "lrrun.util.types"
local verbs = require "lrrun.cli.verbs"

-- Keys of a constructor; of one that has `key`, that key alone.
local function add_keys(list, desc, key)
  for _, rule in ipairs(desc.keys) do
    if not key or rule[1] == key then
      list[#list + 1] = { of = desc.name, name = rule[1], takes = types.describe(rule),
        default = types.default_text(rule):match "^default (.*)", required = rule.required,
        doc = rule.doc }
    end
  end
end

local function flags_of(verb)
  local list = {}
  for i, flag in ipairs(verbs.flags(verb)) do
    list[i] = { of = "lrrun " .. verb[1], name = "--" .. flag[1], takes = flag[2], doc = flag.doc }
  end
  return list
end

-- Keys of all constructors whose last part is the topic, and keys that are called so.
local function keys_of(topic)
  local list = {}
  for name, desc in sorted.pairs(options.registry) do
    add_keys(list, desc, not (name == topic or name:match "%.([%w_]+)$" == topic) and topic or nil)
  end
  return list
end

-- What a topic is: its kind, and its keys or flags.
local function about(topic)
  if not topic then
    return "overview", {}
  elseif verbs.by_name[topic] then
    return "verb", flags_of(verbs.by_name[topic])
  elseif options.registry[topic] then
    local list = {}
    add_keys(list, options.registry[topic])
    return "constructor", list
  elseif language.modules[topic] then
    return "module", {}
  end
  return "topic", keys_of(topic)
end

---@param call table
---@param tell fun(call: table, topic: string?) of help.lua
return function(call, tell)
  local topic = call.args[1]
  local text = help_text(tell, topic) -- fails for what is no topic
  language.load_all()
  local kind, keys = about(topic)
  call.out:result({ name = topic or "lrrun", kind = kind, text = text, keys = json.array(keys) },
    { "name", "kind", "text", "keys" })
end
