--- `lrrun help [TOPIC]`: help on a verb, a module, a constructor or a key, made from the
--- same descriptors that check them. Layer: cli.

local errors = require "lrrun.util.errors"
local examples = require "lrrun.cli.examples"
local language = require "lrrun.language"
local limits = require "lrrun.limits"
local methods = require "lrrun.language.methods"
local metrics = require "lrrun.metrics"
local options = require "lrrun.util.options"
local other_words = require "lrrun.util.other_words"
local parse = require "lrrun.cli.parse"
local sorted = require "lrrun.util.sorted"
local status = require "lrrun.cli.status"
local types = require "lrrun.util.types"
local verbs = require "lrrun.cli.verbs"
local words = require "lrrun.cli.help_words"
local wrapped = require "lrrun.cli.wrapped"

local function flag_text(flag)
  local short = flag.short and "-" .. flag.short .. ", " or ""
  local value = flag.optional and (" [%s]"):format(flag[2]) or flag[2] and " " .. flag[2] or ""
  return ("%s--%s%s"):format(short, flag[1], value)
end

local WIDEST = 78 -- columns of a flag's line

local function print_flags(out, flags)
  for _, flag in ipairs(flags) do
    local line = ("  %-24s"):format(flag_text(flag))
    for word in flag.doc:gmatch "%S+" do
      if #line + #word >= math.min(out:width(), WIDEST) then
        out:print("%s", line)
        line = (" "):rep(26)
      end
      line = line .. " " .. word
    end
    out:print("%s", line)
  end
end

-- Of lrrun alone.
local function first_steps(out)
  out:print "lrrun trains neural networks described by recipes, which are Lua scripts."
  out:print ""
  for _, row in ipairs(words.first_steps) do
    out:print("  %-36s %s", row[1], row[2])
  end
  out:print ""
  out:print "lrrun help lists all verbs and flags; lrrun help TOPIC tells about a verb"
  out:print "(search), a layer (nn.conv2d) or a key (lr)."
end

local function print_examples(out, verb)
  local list = examples[verb[1]]
  for _, row in ipairs(list or {}) do
    out:print("  %s", row[1])
    out:print("      %s", row[2])
  end
  if list then
    out:print ""
  end
end

local function overview(out)
  out:print "lrrun trains neural networks described by recipes, which are Lua scripts."
  out:print ""
  out:print "  lrrun RECIPE [FLAGS]       the same as lrrun run RECIPE"
  for _, name in ipairs(verbs.names()) do
    local verb = verbs.by_name[name]
    out:print("  lrrun %-20s %s", verb[1] .. " " .. verb.args[3], verb.doc)
  end
  out:print ""
  out:print "Flags of every verb:"
  print_flags(out, verbs.common)
  out:print ""
  out:print "Exit status:"
  for _, row in ipairs(status.list) do
    out:print("  %-4s %s", row[1], row[2])
  end
  out:print ""
  out:print "lrrun help TOPIC tells about a verb (search), a module (schedule), a constructor"
  out:print "(nn.conv2d) or a key (weight_decay). lrrun help types prints definitions for"
  out:print "editors with the Lua language server; lrrun help limits, what a command may take;"
  out:print "lrrun help notes, what a run says of itself; lrrun help mup, rates over widths;"
  out:print "lrrun help ranks, one run on several machines; lrrun help bf16, products in bfloat16."
end

local function help_limits(out)
  wrapped.line(out, "", "Limits of what a command may take: flag, default, what is limited, "
    .. "and what happens when the limit is met.")
  for _, item in ipairs(limits.list) do
    out:print ""
    out:print("  --%s %s (default: %s)", item[1], item[2], item.shown)
    wrapped.line(out, "limits:  ", item.doc)
    wrapped.line(out, "then:    ", item.met)
  end
  out:print ""
  wrapped.line(out, "", "SIZE is a number with its unit: 2G, 500M, 512 MB; units are powers of "
    .. "1024, MB without one. What was given stands in a run's record (limits in run.yaml), "
    .. "and resume, eval and the "
    .. "others keep to it unless a flag says otherwise; of a run that is not your own (another "
    .. "user's, or moved here from another machine) only what its Lua code may take, time up to "
    .. "an hour, and what is less than a default. A recipe cannot go on after a limit, whatever "
    .. "it catches.")
end

local function help_verb(out, verb)
  out:print("lrrun %s %s [FLAGS]", verb[1], verb.args[3])
  out:print("%s", verb.doc:sub(1, 1):upper() .. verb.doc:sub(2) .. ".")
  out:print ""
  print_examples(out, verb)
  wrapped.paragraphs(out, verb.about or "")
  if verb.flags then
    out:print ""
    out:print "Flags of its own:"
    print_flags(out, verb.flags)
  end
  out:print ""
  out:print "Flags of all verbs that it takes:"
  print_flags(out, verbs.shared(verb))
end

local function print_rule(out, rule)
  out:print("  %-16s %s; %s", rule[1], types.describe(rule), types.default_text(rule))
  if rule.doc then
    out:print("  %-16s %s", "", rule.doc)
  end
end

local function help_constructor(out, desc)
  local first = table.concat(desc.positional, ", ")
  out:print("%s", desc.usage
    or ("%s { %s }"):format(desc.name, first ~= "" and first .. ", ..." or "..."))
  if desc.doc then
    out:print("%s", desc.doc)
  end
  if desc.source then
    out:print("Source: %s", desc.source)
  end
  if #desc.keys > 0 then
    out:print ""
  end
  for _, rule in ipairs(desc.keys) do
    print_rule(out, rule)
  end
end

-- Constructors of a module, and its other names.
local function names_in(module)
  local names = {}
  for name in pairs(options.registry) do
    names[name] = name:match "^([%w_]+)%." == module or nil
  end
  for _, name in ipairs(language.modules[module] and language.names(module) or {}) do
    names[module .. "." .. name] = true
  end
  return sorted.keys(names)
end

local function doc_of(name)
  local desc = options.registry[name]
  return desc and desc.doc or language.docs[name] or ""
end

local function help_module(out, module, names)
  out:print("%s has", module)
  for _, name in ipairs(names) do
    out:print("  %-28s %s", name, doc_of(name))
  end
  for _, kind in ipairs(methods.kinds[module] or {}) do
    for _, name in ipairs(methods.of(kind)) do
      out:print("  %-28s %s", name, methods.list[name][2])
    end
  end
  out:print("lrrun help %s tells its keys.", names[1])
end

-- Every constructor that takes this key.
local function help_key(out, key)
  local found = false
  for name, desc in sorted.pairs(options.registry) do
    for _, rule in ipairs(desc.keys) do
      if rule[1] == key then
        if not found then
          out:print("'%s' is a key of", key)
        end
        found = true
        out:print("  %-28s %s; %s", name, types.describe(rule), types.default_text(rule))
        if rule.doc then
          out:print("  %-28s %s", "", rule.doc)
        end
      end
    end
  end
  return found
end

-- Values that a key takes by name: "grad_norms" of recipe's 'metrics'.
local function help_choice(out, word)
  local found = false
  for name, desc in sorted.pairs(options.registry) do
    for _, rule in ipairs(desc.keys) do
      for _, choice in ipairs(rule.choices or {}) do
        if choice == word then
          found = true
          out:print("'%s' is taken by '%s' of %s", word, rule[1], name)
          out:print("  %s", rule.doc or types.describe(rule))
        end
      end
    end
  end
  return found
end

-- A method, or all of a kind of objects.
local function help_method(out, topic)
  local name = methods.find(topic)
  local names = name and { name } or methods.of(topic)
  for _, each in ipairs(names) do
    local takes, doc = table.unpack(methods.list[each])
    out:print("%s%s%s", each, takes:sub(1, 1) == "{" and " " or "", takes)
    out:print("  %s", doc)
  end
  return #names > 0
end

local WORDS = { min = "; less is better", max = "; more is better" }

local function when_of(metric)
  if metric.probed then
    return "where it is asked for"
  elseif not metric.collects then
    return metric.needs and "where the loss counts it" or "always"
  end
  return metric.unasked and ("%s_%s without being asked for"):format(metric.unasked, metric.name)
    or "where it is asked for"
end

-- A metric by its own name or the one under which it is reported.
local function help_metric(out, name)
  local entry = metrics.named(name)[1]
  if entry then
    out:print("'%s' is a metric%s", name, WORDS[entry.metric.mode] or "")
    out:print("  %s", entry.metric.doc)
    out:print("  reported as %s: %s", table.concat(metrics.names(metrics.named(entry.metric.splits
      and entry.metric.name or name)), ", "), when_of(entry.metric))
  end
  return entry ~= nil
end

-- All metrics: name, which way is better, when it is reported, what it is.
local function help_metrics(out)
  out:print ""
  wrapped.line(out, "", "Metrics. Those of a split are reported as train_NAME and val_NAME. One "
    .. "that has to be asked for is named by the recipe, metrics = { 'f1', 'val_auc' }, or by who "
    .. "watches it: the monitor of a stop rule, a schedule or an objective. lrrun eval has all "
    .. "that the targets allow.")
  out:print ""
  for _, metric in ipairs(metrics.list) do
    out:print("  %s: %s%s", metric.name, when_of(metric), WORDS[metric.mode] or "")
    wrapped.line(out, " ", metric.doc)
  end
end

-- A flag by its name, and which verbs it is of.
local function help_flag(out, name)
  local found = false
  local function show(flags, of)
    for _, flag in ipairs(flags or {}) do
      if flag[1] == name then
        found = true
        out:print("%s is a flag of %s", flag_text(flag), of)
        out:print("  %s", flag.doc)
      end
    end
  end
  show(verbs.common, "every verb")
  for _, verb in ipairs(verbs.names()) do
    show(verbs.by_name[verb].flags, "lrrun " .. verb)
  end
  for _, item in ipairs(limits.list) do
    if item[1] == name then
      out:print "  lrrun help limits says what happens when it is met"
    end
  end
  return found
end

-- `linear` for nn.linear: the constructors whose last part is the topic.
local function short_names(topic)
  local names = {}
  for name in sorted.pairs(options.registry) do
    if name:match "%.([%w_]+)$" == topic then
      names[#names + 1] = name
    end
  end
  return names
end

-- What is meant by a topic that is none: what it is called here, or the nearest one.
local function words_hint(topic)
  local here, hint = other_words.keys[topic], other_words.hint(topic)
  if here then
    return ("; here that is '%s'"):format(here)
  end
  return hint ~= "" and hint or errors.hint(topic, require "lrrun.cli.topics"())
end

local function help_topic(out, topic)
  language.load_all()
  if words.sentences[topic] then
    wrapped.line(out, "", words.sentences[topic])
  end
  local members = names_in(topic)
  if options.registry[topic] then
    help_constructor(out, options.registry[topic])
  elseif #members > 0 then
    help_module(out, topic, members)
  elseif language.docs[topic] then
    out:print("%s", topic)
    out:print("%s", language.docs[topic])
  else
    local names = short_names(topic)
    for i, name in ipairs(names) do
      if i > 1 then
        out:print ""
      end
      help_constructor(out, options.registry[name])
    end
    local is_key, is_metric = help_key(out, topic), help_metric(out, topic)
    local is_choice, is_method = help_choice(out, topic), help_method(out, topic)
    local is_flag = help_flag(out, topic)
    if topic == "metrics" then
      help_metrics(out)
    end
    if not (is_key or is_metric or is_choice or is_method or is_flag) and #names == 0 then
      parse.fail("no help on '%s'%s", topic, words_hint(topic))
    end
  end
end

-- What help says of a topic.
local function tell(call, topic)
  if not topic then
    overview(call.out)
  elseif topic == "limits" then
    help_limits(call.out)
  elseif topic == "notes" or topic == "mup" or topic == "ranks"
    or topic == "bf16" then
    require("lrrun.cli.help_" .. topic)(call.out)
  elseif topic == "types" then
    call.out:print("%s", require "lrrun.cli.definitions"())
  elseif verbs.by_name[topic] then
    help_verb(call.out, verbs.by_name[topic])
    language.load_all()
    local members = names_in(topic)
    if #members > 0 then
      call.out:print ""
      help_module(call.out, topic, members)
    end
  else
    help_topic(call.out, topic)
  end
end

return function(call)
  local topic = call.args[1]
  if call.short then
    first_steps(call.out)
  elseif call.flags.html then
    require "lrrun.cli.help_html"(call, tell)
  elseif call.flags.output then
    parse.fail "-o is where help --html is written: lrrun help --html -o help.html"
  elseif call.flags.json then
    require "lrrun.cli.help_json"(call, tell)
  else
    tell(call, topic)
  end
  return 0
end
