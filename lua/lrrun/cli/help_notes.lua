--- `lrrun help notes`: what a run may say of itself, from the rules that say it.
--
-- Layer: cli.

local notes = require "lrrun.notes"

local WIDTH = 74

local function print_wrapped(out, head, text)
  local line = ("  %-14s"):format(head)
  for word in text:gmatch "%S+" do
    if #line + #word > WIDTH + 18 then
      out:print("%s", line)
      line = (" "):rep(16)
    end
    line = line .. (line:find "[^ ]$" and " " or "") .. word
  end
  out:print("%s", line)
end

---@param out table
return function(out)
  out:print "A run says what it sees of itself in at most three sentences, each with its figure and"
  out:print "what to try, while it trains and at its end; not with --quiet. They are the list notes"
  out:print "({ kind, text, figure }) of its result, with --json and in result.json, and stand"
  out:print "beside the curves of lrrun report. The more important ones come first:"
  out:print ""
  for _, rule in ipairs(notes.list()) do
    print_wrapped(out, rule.kind, rule.doc .. ".")
  end
  out:print ""
  out:print "No step is slower for it: sums over the losses are kept as they come, and sixteen"
  out:print "updates of a run are looked at closely. Nothing of it reaches the weights."
end
