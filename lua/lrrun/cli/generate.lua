--- `lrrun generate RUN --prompt TEXT`: a trained model of language goes on from a text.
-- Layer: cli.

local counted = require "lrrun.util.counted"
local given = require "lrrun.cli.given"
local parse = require "lrrun.cli.parse"
local precision = require "lrrun.cli.precision"
local reload = require "lrrun.runs.reload"
local sandbox = require "lrrun.sandbox"
local setup = require "lrrun.cli.setup"
local writer = require "lrrun.train.writer"

local FIRST = { "run", "prompt", "text", "tokens", "prompt_tokens", "ids", "seconds",
  "tokens_per_second", "stopped_by", "slid", "products" }

local function check_flags(call)
  local flags = call.flags
  if not flags.prompt then
    parse.fail("generate wants --prompt TEXT: what the model goes on from")
  elseif not utf8.len(flags.prompt) then
    parse.fail("--prompt is no UTF-8")
  elseif flags.stop == "" then
    parse.fail("--stop is empty: it takes the text to stop at")
  end
  given.run(call.args[1])
end

-- What the flags say, as Writer:write takes it.
local function asked(flags)
  local o = { prompt = flags.prompt, stop = flags.stop }
  for key, default in pairs(writer.DEFAULTS) do
    local given_value = flags[(key:gsub("_", "-"))]
    o[key] = given_value == nil and default or given_value
  end
  return o
end

local function tell(out, w, found)
  local bound, n = w.stream.bound, found.tokens
  if bound and found.prompt_tokens > bound then
    out:note("of the %d tokens of the prompt the model looks back at the last %d",
      found.prompt_tokens, bound)
  end
  if found.slid > 0 then
    out:note("the model looks back at %s at most: where they were full it forgot the first "
      .. "half of them and went on (%s)", counted(bound, "token"), counted(found.slid, "time"))
  end
  out:note("%s%s%s", counted(n, "token"), found.tokens_per_second
    and (" in %.2f s, %.0f a second"):format(found.seconds, found.tokens_per_second) or "",
    found.stopped_by == "end" and "; the text has come to its end" or
    found.stopped_by == "stop" and "; it has come to --stop" or "")
end

return function(call)
  check_flags(call)
  local flags, out = call.flags, call.out
  local settings = setup.run_folder(call)
  local run = reload.network(settings, { kept = true, batch = 1 })
  sandbox.unbind()
  if flags["top-k"] == 0 then
    out:note("--top-k 0: any token may be drawn, however improbable; --top-k 40 is the default")
  end
  local w <close> = writer.new(run.model, run.dataset, call.args[1])
  w.tokens:encode(flags.prompt) -- what is refused is not shown as a text that was begun
  local show = out:streaming(flags.prompt)
  local found = w:write(asked(flags), show)
  show()
  if found.stopped_by == "interrupted" then
    error("interrupted", 0)
  end
  tell(out, w, found)
  found.run = settings.folder
  precision(out, run, found)
  out:result(found, FIRST)
  return 0
end
