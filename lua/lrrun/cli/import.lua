--- `lrrun import FILE RECIPE [--map] [-o FILE]`: weights of another framework as those that a
--- recipe's network begins with. Layer: cli.

local command = require "lrrun.util.command"
local current = require "lrrun.util.current"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local json = require "lrrun.record.json"
local match = require "lrrun.record.match_names"
local parse = require "lrrun.cli.parse"
local prepare = require "lrrun.train.prepare"
local resolve = require "lrrun.recipe.resolve"
local safetensors = require "lrrun.record.safetensors"
local screen = require "lrrun.util.screen"
local setup = require "lrrun.cli.setup"
local tensor = require "lrrun.native.tensor"
local weights = require "lrrun.record.weights"

local FIRST = { "input", "recipe", "output", "matched" }
local SHOWN = 5

local function shape_text(shape)
  return "(" .. table.concat(shape, ", ") .. ")"
end

local function check_flags(call)
  local path, output = call.args[1], call.flags.output
  if file.kind(path) ~= "file" then
    given.weights(path)
  elseif path:find "%.lua$" then
    parse.fail("%s is a recipe: the file of weights is named before it (lrrun import FILE RECIPE)",
      path)
  elseif not path:lower():find "%.safetensors$" then
    parse.fail("%s: its name does not end in .safetensors; torch.save's files (.pt, .bin) run code "
      .. "when they are read: safetensors.torch.save_file(model.state_dict(), ...) makes one", path)
  end
  given.recipe(call.args[2])
  if not output and call.flags.map then
    return nil
  end
  output = output or call.args[2]:match "[^/]*$":gsub("%.lua$", "") .. "-init.safetensors"
  if not output:lower():find ".%.safetensors$" then
    parse.fail("-o %s: its name does not end in .safetensors", output)
  end
  return output
end

-- The network's tensors: its parameters in order, then running statistics.
local function tensors_of(graph)
  local out = {}
  for _, list in ipairs { graph:segments() } do
    for _, s in ipairs(list) do
      out[#out + 1] = { name = s.name, shape = s.shape }
    end
  end
  return out
end

local function from_text(item)
  local names = {}
  for i, entry in ipairs(item.from) do
    names[i] = screen.line(entry.name)
  end
  return table.concat(names, " + ")
end

-- A line for each tensor, in two where it would be wider than a terminal.
local function show(out, found)
  for _, item in ipairs(found.pairs) do
    local left = ("%s %s"):format(item.to.name, shape_text(item.to.shape))
    local right = ("<- %s%s"):format(from_text(item), item.way ~= "as it is" and (", %s"):format(
      item.way) or "")
    if #left + #right < 78 then
      out:print("  %s %s", left, right)
    else
      out:print("  %s\n    %s", left, right)
    end
  end
  for _, item in ipairs(found.open) do
    local names = {}
    for i, module in ipairs(item.candidates) do
      names[i] = i <= SHOWN and screen.line(module.name) or nil
    end
    out:print("  %s: %s", item.layer.name, #names == 0 and "nothing fits"
      or ("could be any of %d:\n    %s%s"):format(#item.candidates, table.concat(names, ", "),
        #item.candidates > SHOWN and ", ..." or ""))
  end
  for i, entry in ipairs(found.unused) do
    if i <= SHOWN then
      out:print("  not used: %s %s", screen.line(entry.name), shape_text(entry.shape))
    end
  end
  if #found.unused > SHOWN then
    out:print("  not used: %d more", #found.unused - SHOWN)
  end
end

-- Rows and columns changed.
local function transpose(from, to)
  local shape, x, y = to:shape(), from:values(), {}
  local rows, columns = shape[1], shape[2]
  for i = 0, rows - 1 do
    for j = 0, columns - 1 do
      y[i * columns + j + 1] = x[j * rows + i + 1]
    end
  end
  to:set(y)
end

-- Fills one tensor of the network.
local function fill(reader, views, item)
  local to = views.all(item.to.name)
  if item.way == "transposed" then
    local box <close> = tensor.new(item.from[1].shape)
    reader.load(item.from[1].name, box)
    transpose(box, to)
  elseif item.way == "joined" then
    local at = 0
    for _, entry in ipairs(item.from) do
      reader.load(entry.name, views.rows(item.to.name, at, entry.shape[1]))
      at = at + entry.shape[1]
    end
  else
    reader.load(item.from[1].name, to)
  end
end

-- Layers without weights: an error where a file is written, unless they may be missing.
local function check_open(call, path, found)
  local open = found.open[1]
  if not open or call.flags.partial then
    return
  end
  error(("%s: nothing for %d layer%s of the network, the first is %s%s; --partial leaves them as "
    .. "they start%s"):format(path, #found.open, #found.open == 1 and "" or "s",
    open.layer.name,
    #open.candidates > 0 and (" (%d modules fit it)"):format(#open.candidates) or "",
    call.flags.map and "" or ", --map looks for other names"), 0)
end

-- Writes what was found under the network's names.
local function write(run, reader, found, output)
  local views, taken = weights.views(run.model.graph), {}
  for _, item in ipairs(found.pairs) do
    fill(reader, views, item)
    taken[item.to.name] = views.all(item.to.name)
  end
  return safetensors.write(output, taken, { format = "lrrun weights" })
end

local function document_of(call, found, output)
  local list = json.array {}
  for i, item in ipairs(found.pairs) do
    local names = {}
    for k, entry in ipairs(item.from) do
      names[k] = entry.name
    end
    list[i] = { name = item.to.name, shape = item.to.shape, from = names, way = item.way }
  end
  local open, unused = json.array {}, json.array {}
  for i, item in ipairs(found.open) do
    open[i] = item.layer.name
  end
  for i, entry in ipairs(found.unused) do
    unused[i] = entry.name
  end
  return { input = call.args[1], recipe = call.args[2], output = output, matched = #list,
    pairs = list, open = open, unused = unused }
end

local function network_of(call, rules)
  local recipe_call = setmetatable({ args = { call.args[2] } }, { __index = call })
  local r = resolve.for_run(setup.script(recipe_call, rules))
  local now = current.request()
  return prepare.network(r, { data_dir = now.data_dir, recipe_dir = now.recipe_dir,
    threads = now.threads, batch = 1 })
end

return function(call)
  local out, path, output = call.out, call.args[1], check_flags(call)
  local files = output and given.output(output, "output", "safetensors", path) or nil
  local run = network_of(call, { read = { path }, files = files })
  local reader <close> = safetensors.open(path)
  local network = tensors_of(run.model.graph)
  local found = match.find(network, reader.entries, not call.flags.map)
  out:print("%d of the network's %d tensors have theirs in %s", #found.pairs, #network, path)
  if call.flags.map or #found.open > 0 and call.flags.partial then
    show(out, found)
  end
  if output then
    check_open(call, path, found)
    write(run, reader, found, output)
    out:print("%s: %s begins with it by init = %q%s", output, command.word(call.args[2]), output,
      #found.open > 0 and ", as init = { ..., partial = true }" or "")
  end
  out:result(document_of(call, found, output), FIRST)
  return 0
end
