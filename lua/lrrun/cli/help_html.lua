--- `lrrun help --html`: all of help as one HTML page, which loads nothing, light and dark. It is
--- what the terminal shows, topic by topic. Layer: cli.

local given = require "lrrun.cli.given"
local help_text = require "lrrun.cli.help_text"
local host = require "lrrun.native.host"
local language = require "lrrun.language"
local options = require "lrrun.util.options"
local page = require "lrrun.page"
local parse = require "lrrun.cli.parse"
local sorted = require "lrrun.util.sorted"
local verbs = require "lrrun.cli.verbs"

local TOPICS = { "limits", "notes", "mup", "bf16", "metrics" }

-- Constructors by their modules; "recipe" are recipe and the tables of its keys.
local function by_module()
  local out = {}
  for name in sorted.pairs(options.registry) do
    local module = name:match "^(%l+)%." or "recipe"
    out[module] = out[module] or {}
    table.insert(out[module], name)
  end
  return out
end

---@param call table
---@param tell fun(call: table, topic: string?) of help.lua
return function(call, tell)
  if call.args[1] then
    parse.fail "help --html is all of help, and takes no topic"
  elseif call.flags.json then
    parse.fail "help --html is a page, and takes no --json"
  end
  local path = call.flags.output or "-"
  given.output(path, "output", "html")
  language.load_all()
  local p = page.new "lrrun help"
  local function add(topic)
    p:fold(topic, function()
      p:code(help_text(tell, topic))
    end)
  end
  p:title("lrrun help", "version " .. host.version)
  p:code(help_text(tell, nil))
  p:heading "Verbs"
  for _, name in ipairs(verbs.names()) do
    add(name)
  end
  for module, names in sorted.pairs(by_module()) do
    p:heading(module)
    for _, name in ipairs(names) do
      add(name)
    end
  end
  p:heading "More"
  for _, topic in ipairs(TOPICS) do
    add(topic)
  end
  local html = p:html()
  call.out:give(path, html)
  call.out:tell(path, "%s: %d bytes", path, #html)
end
