--- `lrrun manual FOLDER [DATE]`: the manual pages, made from the tables that check the command
--- line and help on it: lrrun.1, and lrrun-VERB.1 of each verb. `make install` has them made.
--
-- The format is man(7). Layer: cli.

local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local host = require "lrrun.native.host"
local limits = require "lrrun.limits"
local status = require "lrrun.cli.status"
local verbs = require "lrrun.cli.verbs"

local WIDTH = 78

-- Text as it stands in a page: in short lines, no word of it a request, and hyphens that can be
-- copied.
local function text(s)
  local lines, line = {}, ""
  for word in s:gsub("\\", "\\e"):gsub("%-", "\\-"):gmatch "%S+" do
    if #line + #word >= WIDTH then
      lines[#lines + 1] = line
      line = ""
    end
    line = line .. (line == "" and word:find "^[.']" and "\\&" or line ~= "" and " " or "") .. word
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

local function sentence(s)
  return text(s:sub(1, 1):upper() .. s:sub(2) .. ".")
end

-- A name or a doc in a line of its own.
local function line(s)
  return (text(s):gsub("\n", " "))
end

local Page = {}
local Mt = { __index = Page }

function Page:add(...)
  table.move({ ... }, 1, select("#", ...), #self + 1, self)
end

local function page(name, doc, date)
  local p = setmetatable({}, Mt)
  p:add((".TH %s 1 \"%s\" \"lrrun %s\" \"lrrun\""):format(line(name:upper()), date, host.version),
    ".SH NAME", text(name .. " - " .. doc))
  return p
end

-- A term and what it means; both are of the page's format already.
function Page:item(term, doc)
  self:add(".TP", term, doc)
end

function Page:flags(list)
  for _, flag in ipairs(list) do
    local value = flag[2] and ("\\fI%s\\fR"):format(line(flag[2])) or ""
    if flag.optional then
      value = "[" .. value .. "]"
    end
    self:item(("%s\\fB\\-\\-%s\\fR%s"):format(flag.short and ("\\fB\\-%s\\fR, "):format(flag.short)
      or "", line(flag[1]), value ~= "" and " " .. value or ""), text(flag.doc))
  end
end

function Page:save(folder, name)
  local sink <close> = file.create(("%s/%s.1"):format(folder, name))
  sink:write(table.concat(self, "\n"), "\n")
  sink:commit()
end

local function name_of(verb)
  return "lrrun-" .. verb[1]
end

local function reference(name)
  return ("\\fB%s\\fR(1)"):format(line(name))
end

local function verb_page(verb, date)
  local p = page(name_of(verb), verb.doc, date)
  p:add(".SH SYNOPSIS", ("\\fBlrrun %s\\fR %s [\\fIFLAGS\\fR]"):format(line(verb[1]),
    line(verb.args[3])))
  p:add(".SH DESCRIPTION", sentence(verb.doc))
  if verb.about then
    p:add(".PP", text(verb.about))
  end
  if verb.flags then
    p:add ".SH FLAGS OF ITS OWN"
    p:flags(verb.flags)
  end
  p:add(".SH FLAGS OF ALL VERBS")
  p:flags(verbs.shared(verb))
  p:add(".SH SEE ALSO", reference "lrrun" .. ", which has the exit statuses and limits")
  return p
end

local function main_page(date)
  local p = page("lrrun", "trains neural networks from recipes", date)
  p:add(".SH SYNOPSIS", "\\fBlrrun\\fR \\fIRECIPE\\fR [\\fIFLAGS\\fR]", ".br",
    "\\fBlrrun\\fR \\fIVERB\\fR [\\fIARGUMENTS\\fR] [\\fIFLAGS\\fR]")
  p:add(".SH DESCRIPTION", text("A recipe is a Lua script that says what the data, the network, "
    .. "the optimizer and the schedule of the learning rate are. lrrun trains it, shows the "
    .. "curves, and leaves a run folder that anybody can repeat. A recipe runs in a sandbox."))
  p:add(".PP", "\\fBlrrun help\\fR tells about verbs, constructors and keys of the language.")
  p:add ".SH VERBS"
  for _, name in ipairs(verbs.names()) do
    local verb = verbs.by_name[name]
    p:item(("\\fB%s\\fR %s"):format(line(name), line(verb.args[3])), sentence(verb.doc))
  end
  p:add ".SH FLAGS OF EVERY VERB"
  local more, limited = {}, {}
  for _, item in ipairs(limits.list) do
    limited[item[1]] = true
  end
  for _, flag in ipairs(verbs.common) do
    more[#more + 1] = not limited[flag[1]] and flag or nil
  end
  p:flags(more)
  p:add(".SH LIMITS", text "What a command may take; SIZE is a number with its unit, as in 500M.")
  for _, item in ipairs(limits.list) do
    p:item(("\\fB\\-\\-%s\\fR \\fI%s\\fR"):format(line(item[1]), line(item[2])),
      text(("%s (default: %s); then: %s"):format(item.doc, item.shown, item.met)))
  end
  p:add ".SH EXIT STATUS"
  for _, row in ipairs(status.list) do
    p:item(("\\fB%s\\fR"):format(row[1]), text(row[2]))
  end
  p:add ".SH SEE ALSO"
  local names = verbs.names()
  for i, name in ipairs(names) do
    names[i] = reference("lrrun-" .. name)
  end
  p:add(table.concat(names, ",\n"))
  return p
end

return function(call)
  local folder, date = call.args[1], call.args[2] or ""
  given.folder(folder, "manual")
  main_page(date):save(folder, "lrrun")
  for _, name in ipairs(verbs.names()) do
    local verb = verbs.by_name[name]
    verb_page(verb, date):save(folder, name_of(verb))
  end
  return 0
end
