--- Files and folders named on the command line: each is what its verb takes, or the message
--- says what it is and which verb takes it (wrong usage: exit status 2). What is wrong inside
--- is said by whoever reads it. Layer: cli.

local command = require "lrrun.util.command"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local parse = require "lrrun.cli.parse"

local given = {}

local DATA = "lrrun predict RUN --input %s applies a trained model to it"

-- Ending -> what it is and who takes it (%s: its path).
local ENDINGS = {
  lua = { "a recipe", "lrrun %s trains it" },
  yaml = { "an experiment file", "lrrun replay %s runs it again" },
  csv = { "a table of data", "data.csv reads it in a recipe, and " .. DATA },
  npy = { "an array", "data.npy reads it in a recipe, and " .. DATA },
  png = { "a picture", "data.images reads folders of them in a recipe, and " .. DATA },
  txt = { "a text", "data.text reads it in a recipe, and " .. DATA },
  safetensors = { "a file of weights", "recipe { init = ... } begins with them" },
  html = { "a report", "lrrun report makes it" }, svg = { "a picture of curves" },
  jsonl = { "a log" }, json = { "a JSON file" }, log = { "a log" }, gz = { "a packed file" },
  zip = { "a packed file" }, md = { "a text" }, py = { "a Python script" }, npz = { "an archive" },
  onnx = { "an ONNX model", "lrrun export makes it" },
}
ENDINGS.yml, ENDINGS.tsv, ENDINGS.jpg, ENDINGS.jpeg = ENDINGS.yaml, ENDINGS.csv, ENDINGS.png,
  ENDINGS.png

local OF_RUN = "lrrun eval, predict, generate, export, report, resume, extend, continue and pack "
  .. "take it (pack makes an experiment file of it)"

-- Of what `folder` says, the kinds of studies.
local STUDIES = { ["a study's folder"] = true, ["the folder of an advice"] = true,
  ["the folder of a sensitivity"] = true }

-- What runs/folder.lua writes before run.yaml, beside files that are not whole yet.
local EARLY = { ["recipe.lua"] = true, ["data.json"] = true, ["vocabulary.json"] = true,
  ["tokenizer.json"] = true, files = true }

-- Whether a folder has the name of a run's and nothing but what is there before run.yaml.
local function is_begun(path)
  if not (file.real(path) or path):find "%-%d+$" then
    return false
  end
  for _, name in ipairs(file.list(path) or { path }) do
    if not EARLY[name] and not name:find "^%.lrrun%.%d+%.%d+%.tmp$" then
      return false
    end
  end
  return true
end

-- What a folder is, and who takes it.
local function folder(path)
  if file.kind(path .. "/advice.json") then
    return "the folder of an advice", "lrrun report draws it, lrrun replay %s#0 runs its trial 0 "
      .. "again"
  elseif file.kind(path .. "/sensitivity.json") then
    return "the folder of a sensitivity", "lrrun report draws it, lrrun replay %s#0 runs its trial "
      .. "0 again"
  elseif file.kind(path .. "/study.json") then
    return "a study's folder", "lrrun report draws it, lrrun replay %s#0 runs its trial 0 again"
  elseif file.kind(path .. "/run.yaml") then
    return "a run's folder", OF_RUN
  end
  if file.kind(path .. "/range.json") then
    return "the folder of a range test", "lrrun report draws it"
  elseif is_begun(path) then
    return "what a run leaves that is killed while its folder is being made, and nothing was "
      .. "trained", "lrrun RECIPE begins it again"
  end
  return "a folder with neither run.yaml nor study.json", "data.images and data.text read folders "
    .. "of pictures or texts in a recipe"
end

-- Whether a file is no text: Lua has neither zeros nor a start as compiled chunks have.
local function is_binary(path)
  local from <close> = file.open(path)
  local bytes = from and from:read(0, math.min(from:size(), 512)) or ""
  return bytes:find "[\0\27]" ~= nil
end

local function what(path)
  local kind = file.kind(path)
  if kind == "dir" then
    return folder((path:gsub("(.)/+$", "%1")))
  elseif kind == "other" then
    return "neither a file nor a folder"
  end
  local known = ENDINGS[(path:match "%.(%w+)$" or ""):lower()]
  if known then
    return known[1], known[2]
  elseif is_binary(path) then
    return "a binary file"
  end
  return "a file"
end

local MOST_NAMES = 1000

-- The name nearest to that of a path, among what stands beside it.
local function nearest(path)
  if not path:find "/" and file.kind("runs/" .. path) == "dir" then
    return ("; did you mean 'runs/%s'?"):format(path)
  end
  local before, name = path:gsub("(.)/+$", "%1"):match "^(.-)([^/]*)$"
  local names = file.list(before == "" and "." or before)
  if not names or #names > MOST_NAMES then
    return ""
  end
  local near = errors.nearest(name, names)
  return near and ("; did you mean '%s'?"):format(before .. near) or ""
end

-- Fails where what is at a path cannot even be looked at, as in another user's folder.
local function check_open(path, before)
  local _, why = file.kind(path)
  if why then
    parse.fail("%s%s cannot be looked at: %s", before or "", path, why)
  end
end

-- wanted: "recipe file", as in "no such recipe file".
local function refuse(path, wanted)
  check_open(path)
  if not file.kind(path) then
    parse.fail("no such %s: %s%s", wanted, path == "" and "''" or path, nearest(path))
  end
  local is, verb = what(path)
  parse.fail("%s is no %s: it is %s%s", path, wanted, is,
    verb and "; " .. verb:gsub("%%s", { ["%s"] = command.word(path) }) or "")
end

--- A recipe. A name without an ending, or with one that nothing else has, may be a recipe's.
---@param path string
function given.recipe(path)
  local kind, is = file.kind(path), nil
  if kind == "file" then
    is = what(path)
  end
  if is ~= "a recipe" and is ~= "a file" then
    refuse(path, "recipe file")
  elseif not utf8.len(file.real(path) or path) then
    errors.raise(nil, "%s: its path is not UTF-8; run folders could not name it", path)
  end
end

--- Data: a file or a folder, whatever is in it.
---@param path string
function given.data(path)
  local kind = file.kind(path)
  if kind == "file" and what(path) == ENDINGS.lua[1] or kind == "other" then
    refuse(path, "file or folder of data")
  elseif not kind then
    refuse(path, "file or folder")
  end
end

--- What may be a recipe or a run's folder: one of them is there.
---@param path string
function given.run_or_recipe(path)
  if not file.kind(path) then
    refuse(path, "run folder or recipe file")
  end
end

--- A run's folder.
---@param path string
function given.run(path)
  local study, trial = path:match "^(.+)#(%d+)$"
  if study and not file.kind(path) and file.kind(study .. "/study.json") then
    parse.fail("%s is trial %s of a study, which keeps no weights; %s trains it again "
      .. "and leaves a run folder", path, trial, command.line("replay", path))
  end
  local inside = path:match "^(.+)/run%.yaml$" or path == "run.yaml" and "."
  if inside and file.kind(path) == "file" then
    parse.fail("%s is no run folder: it is the record in one, which is %s", path, inside)
  elseif file.kind(path) ~= "dir" or what(path) ~= "a run's folder" then
    refuse(path, "run folder")
  end
end

--- What lrrun puts beside runs, and is none: "a study's folder"; nil for all else.
---@param path string
---@return string?
function given.beside_runs(path)
  local is = file.kind(path) == "dir" and folder(path)
  return (STUDIES[is] or is == "the folder of a range test") and is or nil
end

--- An experiment file.
---@param path string
function given.experiment(path)
  local run = path:match "^(.*/)run%.yaml$" or path == "run.yaml" and "./"
  if run and file.kind(path) == "file" then
    parse.fail("%s is no experiment file: it is a run's record; %s makes one of the run", path,
      command.line("pack", (run:gsub("/$", ""))))
  end
  local is = file.kind(path) == "file" and what(path)
  if is ~= "an experiment file" and is ~= "a file" then
    refuse(path, "experiment file")
  end
end

--- Either of both.
---@param path string
function given.run_or_experiment(path)
  if file.kind(path) == "dir" then
    given.run(path)
  elseif file.kind(path) == "file" then
    given.experiment(path)
  else
    refuse(path, "run folder or experiment file")
  end
end

--- A file of weights.
---@param path string
function given.weights(path)
  if file.kind(path) ~= "file" then
    refuse(path, "file of weights (.safetensors)")
  end
end

--- A study's folder.
---@param path string
function given.study(path)
  if file.kind(path) ~= "dir" or not STUDIES[what(path)] then
    refuse(path, "study's folder")
  end
end

-- What cannot be a table, whatever stands in it.
local NO_TABLE = { [ENDINGS.lua[1]] = true, [ENDINGS.safetensors[1]] = true,
  [ENDINGS.npy[1]] = true, [ENDINGS.png[1]] = true, [ENDINGS.yaml[1]] = true }

--- A file with a table.
---@param path string
function given.table(path)
  if file.kind(path) ~= "file" or NO_TABLE[what(path)] then
    refuse(path, "table file")
  end
end

--- A file or folder with what a model is applied to.
---@param path string
function given.input(path)
  if path ~= "-" and file.kind(path) ~= "file" and file.kind(path) ~= "dir" then
    refuse(path, "input file")
  end
end

--- Whether an input can be what the model of these data takes: a folder holds pictures or texts.
---@param data table the data set
---@param path string
function given.fits(data, path)
  local images, texts = #data.shape == 3, data:vocabulary() or data.tokenizer
  if file.kind(path) == "dir" and not images and not texts then
    parse.fail("--input %s is a folder; the model takes %s", path, data.columns
      and "tables (.csv)" or "rows of numbers (.csv, .npy)")
  elseif not images and require("lrrun.data.find").is_picture(path) then
    parse.fail("--input %s is a picture; the model takes %s", path, texts and "texts"
      or data.columns and "tables (.csv)" or "rows of numbers (.csv, .npy)")
  end
end

-- What a file that is there would be lost as, or nil: it may be written again where it is what
-- the verb makes, or a text of no kind that is known.
local function lost(path, ending)
  local is = what(path)
  if path:match "[^/]*$" == "run.yaml" then
    return "a run's record"
  end
  return is ~= ENDINGS[ending][1] and is ~= "a file" and is or nil
end

-- A flag as usage has it.
local function shown(flag)
  return flag == "output" and "-o" or "--" .. flag
end

-- Not only when all is done. What is begun here and not committed leaves nothing.
local function check_writable(path, flag)
  local ok, sink = errors.try(file.create, path)
  if not ok then
    parse.fail("%s %s: %s", shown(flag), path, errors.message(sink))
  end
  sink:close()
end

--- A file that a flag names, to be written. It takes the place of what is there, which has to be
--- a plain file, and none of another kind: a device would be gone, and so would a recipe.
---@param path string
---@param flag string
---@param ending string of what the verb makes: "html"
---@param input string? what the verb reads
---@return string[] files that are written: none for the standard output ("-")
function given.output(path, flag, ending, input)
  if path == "-" then
    return {}
  end
  local parent, kind = path:match "^(.*)/[^/]*$", file.kind(path)
  check_open(path, shown(flag) .. " ")
  if kind == "dir" then
    parse.fail("%s %s is a folder; it takes the name of a file", shown(flag), path)
  elseif kind == "other" then
    parse.fail("%s %s is neither a file nor a folder; it takes the name of a file", shown(flag),
      path)
  elseif parent and parent ~= "" and file.kind(parent) ~= "dir" then
    parse.fail("%s %s: there is no such folder", shown(flag), path)
  elseif input and kind and file.real(path) == file.real(input) then
    parse.fail("%s %s is what --input reads; it takes the name of another file", shown(flag), path)
  elseif kind and lost(path, ending) then
    parse.fail("%s would write over %s, which is %s; it takes the name of a new file or of %s",
      shown(flag), path, lost(path, ending), ENDINGS[ending][1])
  end
  check_writable(path, flag)
  return { path }
end

--- Raises where the answer and --json's document both want the standard output.
---@param call table
---@param path string? what -o names
function given.one_stdout(call, path)
  if path == "-" and call.flags.json then
    parse.fail("-o - and --json both want the standard output; give one of them")
  end
end

--- A folder that a flag names; with `made` it may be missing.
---@param path string?
---@param flag string
---@param made boolean?
function given.folder(path, flag, made)
  local kind = path and file.kind(path)
  if kind == "other" then
    check_open(path, ("--%s "):format(flag))
  end
  if path and (kind and kind ~= "dir" or not kind and not made) then
    parse.fail("--%s %s: %s%s", flag, path, kind and "it is " .. what(path) .. ", want a folder"
      or "there is no such folder", kind and "" or nearest(path))
  end
end

return given
