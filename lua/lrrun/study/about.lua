--- What a study's workers need to know beside the trial: the recipe as it was when the study
--- began, and the command line's changes of it. Kept in the study's folder as recipe.lua and
--- study.json. Layer: study.

local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local folder = require "lrrun.runs.folder"
local json = require "lrrun.record.json"
local options = require "lrrun.util.options"
local request = require "lrrun.recipe.request"
local sandbox = require "lrrun.sandbox"

local about = {}

--- What the study is asked for: the request at hand with the files that its script required;
--- data_seed of opening.of.
---@param data_seed integer?
function about.request_of(data_seed)
  local now = current.request():with { sources = current.script():files() }
  if not data_seed then
    return now
  end
  local list = table.move(now.overrides, 1, #now.overrides, 1, {})
  list[#list + 1] = { path = "data.seed", text = ("%d"):format(data_seed) }
  return now:with { overrides = list }
end

local function plain(asked)
  local out = asked:plain "study"
  out.overrides = json.array(out.overrides)
  return out
end

--- A text that tells this recipe with these changes from any other.
---@param asked table of about.request_of
function about.identity(asked)
  local now = plain(asked)
  return folder.sha256(json.encode {
    text = asked.recipe_text, overrides = now.overrides, epochs = now.epochs, seed = now.seed,
    portable = now.portable, sources = now.sources, args = now.args,
  })
end

--- Writes both files unless they are there.
---@param place string the study\'s folder
---@param name string of the study
---@param asked table of about.request_of
function about.write(place, name, asked)
  if file.kind(place .. "/study.json") ~= "file" then
    file.write(place .. "/recipe.lua", asked.recipe_text)
    local text = json.encode(plain(asked:with { name = name }), { indent = true })
    file.write(place .. "/study.json", text .. "\n")
  end
end

--- What study.json of a study's folder says, and folder. Raises where it is none.
function about.read(place)
  local text, why = file.read(place .. "/study.json")
  if not text then
    error(("%s is no study's folder: %s"):format(place, why), 0)
  end
  local ok, kept = pcall(json.decode, text)
  if not ok or type(kept) ~= "table" or kept.format ~= 1 then
    error(("%s/study.json: %s"):format(place, ok and "unknown format" or kept), 0)
  end
  kept.folder = file.real(place)
  return kept
end

--- What the study was asked for, here and now: with the study's copy of the recipe, and the
--- data folder of this command where it has one. With a seed: for the trial that has it.
---@param kept table of about.read
---@param now table the request of this command
---@param seed integer?
function about.request(kept, now, seed)
  local path = kept.folder .. "/recipe.lua"
  local asked = request.read("study", kept, now):with({
    recipe_path = path, recipe_text = file.read(path), data_dir = now.data_dir or kept.data_dir,
  }, { "seed" })
  return seed and asked:with_seed(seed) or asked
end

--- Runs the study's recipe and gives its value; call it with its request at hand.
---@param kept table
function about.recipe(kept)
  local asked = current.request()
  local value = sandbox.run(kept.folder .. "/recipe.lua", {
    trusted = asked.trusted, args = asked.args, folder = kept.recipe_dir,
    print = function() end,
  })
  if not options.is_value(value, "recipe") then
    errors.raise(nil, "the study's recipe returned %s this time", errors.show(value))
  end
  return value
end

return about
