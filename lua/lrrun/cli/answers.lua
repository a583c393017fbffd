--- What a model says of each row, for people or as a JSON document on the standard output.
--- Layer: cli.

local json = require "lrrun.record.json"
local predict = require "lrrun.train.predict"
local screen = require "lrrun.util.screen"

local answers = {}

-- So many rows are looked at before the first is written: with no more of them they are numbered
-- in as few columns as that takes, and a JSON document says first how many there are.
local HELD = 8192

local FIRST = { "file", "label", "class", "probability", "top", "steps" }

local function numbers(list)
  local parts = {}
  for i, x in ipairs(list) do
    parts[i] = ("%.6g"):format(x)
  end
  return table.concat(parts, "  ")
end

-- Labels of steps stand beside each other, behind their tokens; numbers of steps behind bars.
local function steps_line(steps)
  local parts = {}
  for i, step in ipairs(steps) do
    local label = step.label or step.skipped and "-"
    parts[i] = label and screen.line(step.token and step.token .. "/" .. label or label)
      or numbers(step.values or step.probabilities)
  end
  return table.concat(parts, steps[1] and steps[1].label and " " or " | ")
end

local function line(row)
  if row.skipped then
    return ("- (%s)"):format(screen.line(row.skipped))
  elseif row.steps then
    return steps_line(row.steps)
  elseif not row.top then
    return numbers(row.values or row.probabilities)
  end
  local parts = {}
  for i, item in ipairs(row.top) do
    parts[i] = ("%s %.4f"):format(screen.line(item.label), item.probability)
  end
  return table.concat(parts, "  ")
end

-- Rows as lines for people.
local function lines_to(out)
  local width
  return {
    begin = function(whole, n)
      width = whole and #tostring(n) or 8
    end,
    row = function(row, i)
      out:print("%s  %s", row.file and screen.line(row.file) or ("%" .. width .. "d"):format(i),
        line(row))
    end,
    finish = function() end,
  }
end

local function indented(value, first)
  return (json.encode(value, { indent = true, first = first }):gsub("\n", "\n    "))
end

-- Rows as a document: whole, or with the rows before their number where there are more of them.
local function document_to(out, document, first)
  local rows, cut = {}, false
  local function item(row, i)
    out:write((i > 1 and ",\n    " or "\n    ") .. indented(row, FIRST))
  end
  return {
    begin = function(whole)
      cut = not whole
      if cut then
        out:write(("{\n  \"run\": %s,\n  \"input\": %s,\n  \"predictions\": ["):format(
          json.encode(document.run), json.encode(document.input)))
      end
    end,
    row = function(row, i)
      if cut then
        item(row, i)
      else
        rows[i] = row
      end
    end,
    finish = function(also)
      if cut then
        out:write("\n  ],\n" .. json.encode(also, { indent = true, first = first }):sub(3) .. "\n")
        return
      end
      for key, value in pairs(also) do
        document[key] = value
      end
      document.predictions = json.array(rows)
      local order = table.move(first, 1, #first, 1, {})
      out:result(document, table.move(FIRST, 1, #FIRST, #order + 1, order))
    end,
  }
end

--- What a source met, as a list for JSON; nil where that is nothing.
function answers.notes(source)
  local notes = source.notes()
  return #notes > 0 and json.array(notes) or nil
end

--- Says what a source met, in lines; with --json the document does. listed: the reasons stand in
--- the rows already.
function answers.say(out, source, listed)
  for _, note in ipairs(not out.json and source.notes(listed) or {}) do
    out:warn("%s", note)
  end
end

--- Writes the answers for all rows of a source, as they come.
---@param out table
---@param run table
---@param source table of lrrun.data.samples
---@param document table what the document says beside them
---@param first string[] the order of its keys
function answers.show(out, run, source, document, first)
  local to = out.json and document_to(out, document, first) or lines_to(out)
  local held, n, answered = {}, 0, 0
  local function flush(whole)
    to.begin(whole, n)
    for i, row in ipairs(held) do
      to.row(row, i)
    end
    held = nil
  end
  predict.rows(run, source, function(answer, chunk, i)
    n = n + 1
    answered = answered + (answer.skipped and 0 or 1)
    answer.file = source.lead == "file" and not source.single and chunk.leads[i] or nil
    if not held then
      to.row(answer, n)
      return
    end
    held[n] = answer
    if n > HELD then
      flush(false)
    end
  end)
  if held then
    flush(true)
  end
  answers.say(out, source, true)
  to.finish { n = n, answered = answered, counts = source.counts(),
    notes = answers.notes(source) }
end

return answers
