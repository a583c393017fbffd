--- A file of predictions: a table (.csv), a JSON object in each line (.jsonl) or an array of NumPy
--- (.npy), written row by row; or the table on the standard output. Layer: record.

local answers = require "lrrun.native.answers"
local answers_file = require "lrrun.record.answers_file"
local errors = require "lrrun.util.errors"
local file = require "lrrun.native.file"
local json = require "lrrun.record.json"

local predictions = {}

local FORMS = { csv = "csv", jsonl = "jsonl", npy = "npy" }

--- What may end a file's name.
predictions.takes = ".csv, .jsonl or .npy"

--- "csv", "jsonl" or "npy" as the file's name says; nil where it does not.
---@param path string
function predictions.form(path)
  return path == "-" and "csv" or FORMS[(path:match "%.(%w+)$" or ""):lower()]
end

-- What stands before the answers of a step: the sample's number and the step's, from 1, and where
-- steps are of a text its token.
local STEP_COLUMNS, TOKEN = { "sample", "step" }, "token"

-- The names of the columns of answers, none of those that are kept.
local function columns_of(what, taken)
  local out = {}
  local function add(name)
    if taken[name] then
      name = "predicted_" .. name
    end
    local whole, k = name, 1
    while taken[whole] do
      whole, k = ("%s.%d"):format(name, k), k + 1
    end
    taken[whole] = true
    out[#out + 1] = whole
  end
  if what.labels then
    add "label"
    add "probability"
  end
  for i = 1, what.width do
    add(what.labels and "p_" .. what.labels[i] or what.names and what.names[i]
      or what.width == 1 and what.noun or ("%s_%d"):format(what.noun, i))
  end
  return out
end

-- The header of an array of n rows: version 1.0 (numpy.lib.format), padded so that it can be
-- written again once n is known.
local HEADER_BYTES = 128
local function npy_header(n, what)
  local text = ("{'descr': '<f%d', 'fortran_order': False, 'shape': (%d, %d), }"):format(
    what.means and 8 or 4, n, what.width)
  return "\x93NUMPY\1\0" .. ("<I2"):pack(HEADER_BYTES - 10) .. text
    .. (" "):rep(HEADER_BYTES - 11 - #text) .. "\n"
end

local Sink = {}
Sink.__index = Sink

local function put(self, text)
  if #text > 0 then
    self.write(text)
  end
end

-- The texts that stand before the answers of a chunk: paths, or lines, as fields.
local function leads_of(self, chunk)
  if not self.lead then
    return {}
  elseif self.leads_chunk ~= chunk then
    local out = {}
    for i, lead in ipairs(chunk.leads) do
      self.native:field(self.lead, lead)
      out[i] = self.native:take()
    end
    self.leads, self.leads_chunk = out, chunk
  end
  return self.leads
end

--- Adds the answers of a chunk's rows: what predict.each gives its function.
function Sink:add(chunk, from, to, output, n)
  if chunk.rows then
    self.native:add(output, n, from, chunk.rows)
  else
    local leads = leads_of(self, chunk)
    self.native:add(output, n, from, leads, chunk.none, to)
  end
  self.n = self.n + to - from + 1
  put(self, self.native:take())
end

--- Adds a row that is a table (predict.rows), where answers have steps: of JSON alone.
function Sink:add_object(answer, chunk, i)
  local lead = self.lead and leads_of(self, chunk)[i] or ""
  self.n = self.n + 1
  put(self, "{" .. lead .. json.encode(answer):sub(2) .. "\n")
end

-- A field with its separator.
local function field(self, text)
  self.native:field("", text)
  return self.native:take()
end

--- Adds a row for each step of a sample: what predict.steps gives its function. A sample without an
--- answer has one row, and a token without one has its own.
function Sink:add_steps(chunk, i, output, at, n)
  local tokens = chunk.tokens and chunk.tokens[i]
  local steps = math.max(n, tokens and #tokens or 0)
  local rows, sample, leads = math.max(steps, 1), field(self, tostring(self.n + 1)), {}
  for k = 1, rows do
    leads[k] = sample .. field(self, steps > 0 and tostring(k) or "")
      .. (self.tokens and field(self, tokens and tokens[k] or "") or "")
  end
  self.native:add_steps(output, at, n, leads)
  self.n, self.rows = self.n + 1, self.rows + rows
  put(self, self.native:take())
end

--- Puts the file in its place. What was not closed leaves nothing behind.
function Sink:close()
  if self.out then
    if self.form == "npy" then
      self.out:overwrite(npy_header(self.n, self.what))
    end
    self.out:commit()
  end
end

function Sink:__close()
  if self.out then
    self.out:close()
  end
end

-- The first line of a table.
local function header_of(self, rows)
  local lead = rows
  if self.what.steps then
    lead = ""
    for _, name in ipairs(STEP_COLUMNS) do
      lead = lead .. field(self, name)
    end
    lead = lead .. (self.tokens and field(self, TOKEN) or "")
  elseif self.lead then
    self.native:field(self.lead, self.lead)
    lead = self.native:take()
  end
  self.native:header(lead or "")
  return self.native:take()
end

-- Whether a text begins as an array of the same numbers does, however many rows it has.
local function is_array(what)
  return function(text)
    local n = text:match "'shape': %((%d+), "
    n = n and #n < 16 and math.tointeger(tonumber(n))
    return n ~= nil and text:sub(1, HEADER_BYTES) == npy_header(n, what)
  end
end

-- Answers take the place of answers alone.
local function check_place(path, self, head)
  if file.kind(path) ~= "file" then
    return
  end
  local what = self.what
  local own = answers_file.is_own(path, { form = self.form, columns = self.columns, header = head,
    labels = what.labels, names = what.names, own = table.concat(self.columns, ","),
    is_array = is_array(what) })
  if not own then
    errors.raise(nil, "-o would write over %s, which holds no answers of this model; it "
      .. "takes the name of a new file", path)
  end
end

--- Opens a file of predictions, closed by <close>.
-- what: { width, labels (names of the classes) or names (of the numbers) and noun, means and
-- deviations (lists: of numbers that are scaled), lead = what the
-- texts before the answers are called, kept = names of the columns that are kept, rows = the native
-- rows with them, separator, quote, steps = true where answers are of steps, tokens = true where
-- these have texts }; write: where text goes for "-".
---@param path string
---@param what table
---@param write function?
function predictions.open(path, what, write)
  local form, taken = predictions.form(path), {}
  for _, name in ipairs(what.kept or {}) do
    taken[name] = true
  end
  if what.lead then
    taken[what.lead] = true
  end
  if what.steps then
    taken = { sample = true, step = true, token = what.tokens }
  end
  local self = setmetatable({
    form = form, n = 0, rows = 0, what = what, tokens = what.tokens,
    lead = form ~= "npy" and what.lead or nil, columns = columns_of(what, taken), write = write,
  }, Sink)
  self.native = answers.new { form = form, separator = what.separator, quote = what.quote,
    columns = self.columns, labels = what.labels, width = what.width, means = what.means,
    deviations = what.deviations }
  local head = form == "csv" and header_of(self, what.rows) or form == "npy" and npy_header(0, what)
    or ""
  if path ~= "-" then
    check_place(path, self, head)
    local ok, out = errors.try(file.create, path)
    if not ok then
      errors.raise(nil, "-o %s: %s", path, errors.message(out))
    end
    self.out = out
    self.write = function(text)
      self.out:write(text)
    end
  end
  put(self, head)
  return self
end

--- Raises where a name does not say which form is wanted.
---@param path string
function predictions.check(path)
  if not predictions.form(path) then
    local ending = path:match "(%.[^/.]+)$"
    errors.raise(nil, "-o %s: %s; want %s (- is the standard output)", path, ending
      and "its name ends in " .. ending or "its name does not say what it holds", predictions.takes)
  end
end

return predictions
