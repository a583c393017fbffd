--- What verbs do before they have a recipe: check the file, make the folder for results,
--- lock the process, start threads, run the script.
--
-- Layer: cli.

local command = require "lrrun.util.command"
local cores = require "lrrun.util.cores"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local given = require "lrrun.cli.given"
local limits = require "lrrun.limits"
local next_folder = require "lrrun.record.next_folder"
local overrides = require "lrrun.recipe.overrides"
local parse = require "lrrun.cli.parse"
local ranks = require "lrrun.util.ranks"
local request = require "lrrun.recipe.request"
local sandbox = require "lrrun.sandbox"
local script = require "lrrun.recipe.script"
local sys = require "lrrun.native.sys"

local trust = require "lrrun.sandbox.trust"

local setup = {}

local LARGEST_RECIPE = 1024 * 1024

--- The folder of a path.
function setup.folder_of(path)
  return path:match "^(.*)/[^/]*$" or "."
end

--- The data folder of a call, or nil.
function setup.data_folder(call)
  local data = call.flags.data or sys.env "LRRUN_DATA"
  return data ~= "" and data or nil
end

--- The folder that run folders are made in; with `make` it is made now, and what was made is the
--- second value: `fresh` for lock.
---@return string, string[]?
function setup.out_folder(call, make)
  local out = call.flags.out or "runs"
  if make then
    given.folder(call.flags.out, "out", true)
    if not call.flags.out then
      return out, next_folder.try(next_folder.make, out)
    end
    local ok, made = errors.try(next_folder.make, out)
    if not ok then
      parse.fail("--out %s: %s", out, errors.message(made))
    end
    return out, made
  end
  return out
end

-- Paths of --allow-read or --allow-write; raises where one is not there.
local function granted(call, name)
  local list = call.flags[name] or {}
  for _, path in ipairs(list) do
    local kind = file.kind(path)
    if not kind or kind ~= "dir" and name == "allow-write" then
      parse.fail("--%s=%s: there is no such folder", name, path)
    end
  end
  return list
end

--- What --allow-read and --allow-write let a recipe read beside its own folders.
---@param call table
---@return string[]
function setup.opens(call)
  local list = table.move(granted(call, "allow-read"), 1, #granted(call, "allow-read"), 1, {})
  local write = granted(call, "allow-write")
  return table.move(write, 1, #write, #list + 1, list)
end

-- What this kernel cannot do of the process ring, or nil.
local function missing(files, calls)
  return not files and "guards no files (Landlock, Linux 5.13 and later): Lua alone does"
    or not calls and "filters no system calls (seccomp)" or nil
end

--- Gives up what the verb does not need, then starts the threads. Does nothing under
--- --sandbox=off but the threads. call.scratch: the folder that results go into, for the
--- rest of the call.
-- rules: as for sandbox.lock, beside the data folder and what flags open.
---@param call table
---@param rules {read: string[]?, makes: string[]?, fresh: string[]?, folders: string[]?,
--- files: string[]?, recipe: string?, worker: string[]?}
function setup.lock(call, rules)
  given.folder(call.flags.data, "data")
  call.scratch = call.scratch or (rules.makes or rules.folders or {})[1]
  if not call.flags.trusted and not sandbox.is_locked() then
    limits.enforce(call.flags.threads)
    local read = setup.opens(call)
    table.move(rules.read or {}, 1, #(rules.read or {}), #read + 1, read)
    local more = granted(call, "allow-write")
    local folders = table.move(rules.folders or {}, 1, #(rules.folders or {}), 1, {})
    read[#read + 1] = setup.data_folder(call)
    read[#read + 1] = sys.env "LRRUN_LUA"
    table.move(more, 1, #more, #folders + 1, folders)
    local without = missing(sandbox.rings())
    if without and call.flags.sandbox == "require" then
      errors.raise(nil, "--sandbox=require: this kernel %s; --sandbox=strict goes on without",
        without)
    elseif without then
      call.out:warn("this kernel %s (--sandbox=require makes this an error)", without)
    end
    sys.blas() -- no library can be loaded after the lock
    sandbox.lock { read = read, makes = rules.makes, fresh = rules.fresh, folders = folders,
      files = rules.files, recipe = rules.recipe, worker = rules.worker, memory = rules.memory }
  end
  sys.threads(call.flags.threads or 0)
  if call.out.verbose then
    call.out:note("threads: %d, %s", sys.threads(), cores.why(call.flags.threads))
  end
end

-- "run --epochs 30"; extend and continue read their own "+30".
local function epochs_of(call)
  local text = call.flags.epochs
  if text == nil or call.verb == "extend" or call.verb == "continue" then
    return nil
  end
  local n = math.tointeger(tonumber(text))
  if not n or n < 1 then
    parse.fail("--epochs takes an integer above 0, got '%s'", text)
  end
  return n
end

-- What stands in the recipe's file. Where its user trusts it as it is, the call runs as under
-- --sandbox=off; what the command line says of the sandbox goes before.
local function read_recipe(call)
  local path, flags = call.args[1], call.flags
  local text, why = file.read(path, LARGEST_RECIPE)
  if not text then
    error(why, 0)
  elseif flags.sandbox or flags.trusted then
    return text
  end
  local state = trust.of(path, text)
  if state == "trusted" then
    flags.trusted = true
  elseif state == "changed" then
    call.out:warn("%s has changed since it was trusted and runs in the sandbox (%s)",
      path, command.line("trust", path))
  end
  return text
end

--- What a call asks for that begins with a recipe's script.
---@param call table
---@param text string what stands in it
---@param rules table as of setup.script
local function request_of(call, text, rules)
  local flags, path = call.flags, call.args[1]
  return request.new {
    overrides = overrides.parse(flags.set), seed = flags.seed, epochs = epochs_of(call),
    threads = flags.threads, portable = flags.portable, precision = flags.precision,
    trusted = flags.trusted,
    data_dir = setup.data_folder(call), out_dir = setup.out_folder(call), args = call.rest,
    tokens_dir = rules.makes and setup.out_folder(call) or nil,
    scratch_dir = call.scratch, plan_dir = rules.plans and setup.out_folder(call) or nil,
    opens = setup.opens(call),
    recipe_path = path, recipe_dir = setup.folder_of(path), recipe_text = text,
    name = (path:match "([^/]+)$"):gsub("%.lua$", ""), limits = limits.record(),
  }
end

--- What a call asks for whose recipe is that of a run, a study or an experiment file; it is at
--- hand from here on.
---@param call table
---@param out_dir string? where it makes run folders
---@param tokens_dir string? where tokens of long texts are kept
function setup.begin(call, out_dir, tokens_dir)
  local flags = call.flags
  local asked = request.new {
    tokens_dir = tokens_dir, scratch_dir = call.scratch,
    trusted = flags.trusted, threads = flags.threads, precision = flags.precision,
    data_dir = setup.data_folder(call), out_dir = out_dir, opens = setup.opens(call),
    limits = limits.record(),
  }
  current.begin { request = asked, script = script.new() }
  return asked
end

--- The same for the trial of a study that has this seed.
---@param call table
---@param kept table of lrrun.study.about
---@param seed integer
---@param out_dir string?
---@param tokens_dir string?
function setup.begin_trial(call, kept, seed, out_dir, tokens_dir)
  local begun = setup.begin(call, out_dir, tokens_dir)
  local asked = require("lrrun.study.about").request(kept, begun, seed)
  current.begin { request = asked }
  errors.fallback = asked.recipe_path
end

--- Finds the user's key (lrrun.runs.own) and says what is wrong with it, once.
---@param call table
---@param make boolean? where there is none
function setup.own(call, make)
  local why = require("lrrun.runs.own").begin(make and ranks.writes())
  if why then
    call.out:warn("%s; run folders count as a stranger's: places that they name stay closed", why)
  end
end

--- Reads what the run folder of the call was told, and locks the process: its recipe and
--- data can be read from then on. Gives the settings (lrrun.runs.reload).
---@param call table
---@param rules table? as for lock
---@param path string? the folder, the call's first argument without it
function setup.run_folder(call, rules, path)
  rules = rules or {}
  given.run(path or call.args[1])
  setup.own(call, rules.folders ~= nil)
  local settings = require("lrrun.runs.reload").settings(path or call.args[1],
    call.flags["allow-read"])
  limits.recall(settings.limits, settings.is_own)
  local read = { settings.folder, settings.open.recipe_dir }
  read[#read + 1] = settings.open.data_dir
  table.move(rules.read or {}, 1, #(rules.read or {}), #read + 1, read)
  setup.lock(call, { read = read, folders = rules.folders, files = rules.files })
  setup.begin(call)
  return settings
end

--- Locks the process for the script of the call, and gives its text. rules as for script.
---@param call table
---@param rules table
---@return string
function setup.prepare(call, rules)
  local path = call.args[1]
  given.recipe(path)
  local text = read_recipe(call)
  local makes, fresh
  if rules.makes then
    setup.own(call, true)
    call.scratch = setup.out_folder(call)
  end
  if rules.makes and not call.flags.trusted then -- it has to be there before the lock
    makes = { "" }
    makes[1], fresh = setup.out_folder(call, true)
  end
  local read = { setup.folder_of(path), table.unpack(rules.read or {}) }
  setup.lock(call, { read = read, makes = makes, fresh = fresh, files = rules.files,
    recipe = path, worker = rules.worker, memory = rules.memory })
  return text
end

--- Locks the process and runs the script of the call: gives what it returns (a recipe's
--- value, or nil for a script that is run for its effects).
-- rules: read (folders beside the recipe's), files, worker and memory as for lock; `makes` = true
-- where the verb writes run folders, `plans` = true where it says what one would that does;
-- `script` = what it is run as (lrrun.recipe.script), for its trainings without it.
---@param call table
---@param rules {makes: boolean?, plans: boolean?, read: string[]?, files: string[]?,
--- worker: string[]?, memory: integer?, script: table?}?
function setup.script(call, rules)
  local path = call.args[1]
  rules = rules or {}
  local text = setup.prepare(call, rules)
  local runs = rules.script or script.new()
  current.begin { request = request_of(call, text, rules), script = runs }
  errors.fallback = path
  return runs:run(function()
    return sandbox.run(path, {
      text = text, trusted = call.flags.trusted, seed = call.flags.seed, args = call.rest,
      program = call.program,
      print = function(line)
        -- Once trainings are left out, what it prints of their results is not so.
        if not (runs.recipes and #runs.recipes > 0) then
          call.out:say(line)
        end
      end,
    })
  end)
end

return setup
