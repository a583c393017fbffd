--- What a study's workers need to know beside the trial: the recipe as it was when the study
--- began, and the command line's changes of it. Kept in the study's folder as recipe.lua and
--- study.json.
--
-- A study may be moved or copied: its journal and what its trials go by name no place. Where
-- the recipe's other files and the data are, is said by the search that goes on; for who only
-- looks, study.json has the places of the machine that it was last at, which open nothing by
-- themselves (runs/own.lua). Layer: study.

local current = require "lrrun.util.current"
local defaults = require "lrrun.runs.defaults"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"
local options = require "lrrun.util.options"
local own = require "lrrun.runs.own"
local records = require "lrrun.study.records"
local request = require "lrrun.recipe.request"
local sandbox = require "lrrun.sandbox"
local seal = require "lrrun.record.seal"
local stored = require "lrrun.record.stored"

local about = {}

local FILE, RECIPE, MARK = "study.json", "recipe.lua", "study.mark"
local MOST_RECIPE, MOST_MARK = 1024 * 1024, 200 -- bytes

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
  return seal.sha256(json.encode {
    text = asked.recipe_text, overrides = now.overrides, epochs = now.epochs, seed = now.seed,
    portable = now.portable, precision = now.precision, sources = now.sources, args = now.args,
  })
end

-- What a request's fields are called on the command line.
local WORDS = { { "overrides", "--set" }, { "seed", "--seed" }, { "epochs", "--epochs" },
  { "portable", "--portable" }, { "precision", "--precision" }, { "args", "the words behind --" },
  { "sources", "files that it requires" } }

local function without_seed(overrides)
  local out = json.array {}
  for _, text in ipairs(overrides or {}) do
    out[#out + 1] = not text:find "^data%.seed=" and text or nil
  end
  return out
end

--- What of this request is not as the study in a folder has it, in words; nil where that cannot be
--- said.
---@param place string
---@param asked table of about.request_of
---@return string?
function about.differs(place, asked)
  local ok, kept = pcall(about.read, place)
  if not ok then
    return nil
  end
  local now, words = plain(asked), {}
  if kept.seed ~= now.seed then -- it is the data's, too
    kept.overrides, now.overrides = without_seed(kept.overrides), without_seed(now.overrides)
  end
  if kept.recipe_sha256 and kept.recipe_sha256 ~= seal.sha256(asked.recipe_text) then
    words[1] = "the recipe's text"
  end
  for _, field in ipairs(WORDS) do
    local there, here = kept[field[1]], now[field[1]]
    if json.encode(there or json.null) ~= json.encode(here or json.null) then
      words[#words + 1] = field[2]
    end
  end
  return words[1] and table.concat(words, ", ")
end

local function write(path, text)
  local ok, there = pcall(file.read, path, #text)
  if not (ok and there == text) then
    file.write(path, text)
  end
end

-- What is wrong with study.json as it is found, or nil.
local function fault_of(place)
  local ok, why = pcall(stored.read, records.STUDY, place, FILE)
  return not ok and tostring(why) or nil
end

--- Writes the files, unless they are there and say the same. Gives a note where study.json was
--- damaged.
---@param place string the study\'s folder
---@param name string of the study
---@param asked table of about.request_of
---@param held integer? whose defaults hold, as the study's settings have it
---@param data { data: string?, data_kind: string? } of same_data.check
---@return string?
function about.write(place, name, asked, held, data)
  local fault = fault_of(place)
  local said = plain(asked:with { name = name })
  said.defaults, said.data, said.data_kind = held, data.data, data.data_kind
  said.recipe_sha256 = seal.sha256(asked.recipe_text)
  local text = seal.close(json.encode(said, { indent = true }) .. "\n", "json")
  write(place .. "/" .. RECIPE, asked.recipe_text)
  write(place .. "/" .. FILE, text)
  local mark = own.mark(text):sub(#text + 1)
  if mark ~= "" then
    write(place .. "/" .. MARK, mark)
  end
  return fault and fault .. " (it is written anew)" or nil
end

--- What study.json of a study's folder says, with folder, and is_own: whether this user's lrrun
--- wrote it. Raises where it is none.
---@param place string
function about.read(place)
  local text = stored.text(place, FILE, records.STUDY.most)
  if not text then
    error(("%s is no study's folder: it has no %s"):format(place, FILE), 0)
  end
  local kept = stored.decode(records.STUDY, text, place .. "/" .. FILE)
  kept.folder = assert(file.real(place))
  local mark = stored.text(place, MARK, MOST_MARK)
  kept.is_own = mark ~= nil and select(2, own.split(text .. mark))
  return kept
end

-- The study's copy of its recipe.
local function recipe_text(kept)
  local path = kept.folder .. "/" .. RECIPE
  local text = stored.text(kept.folder, RECIPE, MOST_RECIPE)
  if not text then
    error(("%s: is missing; the command that began the study, with the recipe, writes it again")
      :format(path), 0)
  elseif kept.recipe_sha256 and seal.sha256(text) ~= kept.recipe_sha256 then
    error(("%s: was changed since the study began: its SHA-256 is not that of %s; the command "
      .. "that began the study, with the recipe, writes it again"):format(path, FILE), 0)
  end
  return text
end

--- What the study was asked for, here and now: with the study's copy of the recipe, and the
--- data folder of this command where it has one. With a seed: for the trial that has it.
---@param kept table of about.read, with open = the places that are open (own.places)
---@param now table the request of this command
---@param seed integer?
function about.request(kept, now, seed)
  local open = kept.open or {}
  local asked = request.read("study", kept, now):with({
    recipe_path = kept.folder .. "/" .. RECIPE, recipe_text = recipe_text(kept),
    recipe_dir = open.recipe_dir or kept.folder, data_dir = now.data_dir or open.data_dir,
    closed = open.closed,
  }, { "seed" })
  return seed and asked:with_seed(seed) or asked
end

--- Runs the study's recipe and gives its value; call it with its request at hand.
---@param kept table
function about.recipe(kept)
  local asked = current.request()
  local value = sandbox.run(kept.folder .. "/" .. RECIPE, {
    trusted = asked.trusted, args = asked.args, folder = asked.recipe_dir,
    print = function() end,
  })
  if not options.is_value(value, "recipe") then
    errors.raise(nil, "the study's recipe returned %s this time", errors.show(value))
  end
  return kept.defaults and value or defaults.pinned(value)
end

return about
