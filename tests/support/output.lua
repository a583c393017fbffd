-- busted's output for lrrun: a line for each failure, then "N passed, N failed".

local tally = require "support.tally"

local function indent(text)
  return (tostring(text):gsub("\n", "\n    "))
end

local function describe(kind, item)
  local trace = item.trace or {}
  local message = item.message
  if type(message) == "table" then
    message = message.message or require("pl.pretty").write(message)
  end
  print(("%s: %s"):format(kind, item.name or "?"))
  print(("    %s:%s: %s"):format(trace.short_src or "?", trace.currentline or "?",
    indent(message or "no message")))
  if item.isError and trace.traceback and os.getenv "LRRUN_DEBUG" then
    print(indent(trace.traceback))
  end
end

return function(options)
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base"()

  local function count()
    tally.set(handler.successesCount, handler.failuresCount + handler.errorsCount)
    return nil, true
  end

  function handler.suiteEnd()
    for _, item in ipairs(handler.pendings) do
      print(("skipped: %s: %s"):format(item.name, tostring(item.message or "")))
    end
    for _, item in ipairs(handler.failures) do
      describe("failed", item)
    end
    for _, item in ipairs(handler.errors) do
      describe("error", item)
    end
    count()
    tally.report()
    return nil, true
  end

  if options.verbose then
    function handler.testEnd(element, _, status)
      print(("%s: %s"):format(status, handler.getFullName(element)))
      return nil, true
    end
    busted.subscribe({ "test", "end" }, handler.testEnd)
  end
  busted.subscribe({ "test", "start" }, count) -- those before it are counted by now
  busted.subscribe({ "suite", "end" }, handler.suiteEnd)
  return handler
end
