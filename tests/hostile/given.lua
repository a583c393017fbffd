--- How each recipe of given/ ends: those came as they are. The keys are those of a header
--- (cases.lua).

local function ends(how, more)
  local case = more or {}
  case.ends = how
  return case
end

local ITSELF, MEMORY = "itself", "limit --memory"
local SECONDS, BIG = "limit --lua-seconds", { flags = "--lua-memory 256" }

local function big(how)
  return ends(how, { flags = BIG.flags })
end

-- What a recipe of before 1.1 could call, and cannot any more.
local GONE = "words has no '%w+'"

return {
  accumulate_max = ends(ITSELF),
  bad_pattern = ends("itself | " .. SECONDS),
  batch_huge = ends "words memory",
  blobs_n = ends "words 'n' is 9007199254740992",
  build_batch_grow = ends("itself | limit --memory", { seconds = 1 }),
  ckpt_flood = ends("limit --disk", { flags = "--disk 8M", seconds = 3 }),
  close_mid = ends(GONE),
  compare_loop = big(SECONDS),
  concat_many = ends(ITSELF, { says = "C stack overflow" }),
  conv_over = ends(ITSELF, { never = "true" }),
  coroutine_deep = ends(ITSELF, { says = "C stack overflow" }),
  datasets_keep = ends("limit --memory | limit --files | ctrl-c"),
  dur_gc = ends "words r.lua:3: ",
  dur_gc_uaf = ends "words shows no 'session'",
  embed_vocab = ends "words more than 2%^31",
  eq_loop = big(SECONDS),
  error_escapes = ends "words pwned",
  find_plain = big(SECONDS),
  fit_flood = ends "ctrl-c",
  fit_forever = ends "ctrl-c",
  fit_yield = ends "itself | words yield",
  foreign_add = ends "words a node of another graph",
  forged_layer = ends("words nn.sequential | " .. SECONDS),
  forged_recipe = ends(ITSELF, { never = "true" }),
  freeze_pattern = ends(SECONDS),
  gc_overwrite = ends "words shows no 'session'",
  graph_grow_mid = ends(GONE),
  graph_self = ends("limit --lua-memory | words overflow | words deep"),
  group_pattern = ends(SECONDS),
  gsub_repl = ends("limit --lua-memory | " .. SECONDS),
  handler_recursion = ends "itself | limit --lua-memory",
  img_loop = ends(ITSELF, { never = "true" }),
  insert_border2 = ends("itself | words . | " .. SECONDS),
  labels_out = ends(ITSELF, { never = "true\t%-?%d" }),
  leaks = ends(ITSELF, { says = "model\tfalse\tbuilder\tfalse" }),
  lower_loop = big(SECONDS),
  lstm_over = ends "words 'layers' is 100",
  lying_pairs = ends(SECONDS),
  many_consts2 = ends("itself | words . | " .. SECONDS),
  mini_bomb = ends(SECONDS .. " | limit --lua-memory", { seconds = 2 }),
  mini_loop30 = ends(SECONDS, { never = "went on" }),
  model_gc = ends "words r.lua:3: ",
  models_keep = ends(MEMORY, { seconds = 1 }),
  modify_recipe2 = ends "itself | words no",
  name_abs = ends "itself | words 'name'",
  name_ctrl = ends "words 'name' holds a control character",
  name_empty = ends "itself | words 'name'",
  name_slashes = ends "itself | words 'name'",
  nested_fit = ends "itself | words within",
  nested_fit_deep = ends "ctrl-c | words deep | words overflow | limit --memory",
  num_parse = big("itself | " .. SECONDS .. " | limit --lua-memory"),
  optim_forged = ends(ITSELF),
  overwrite_run = ends(GONE),
  own_loop_t = ends(ITSELF),
  pairs_loop = ends(SECONDS, { flags = "--lua-memory 128" }),
  paths = ends(ITSELF, { never = "true" }),
  predict_paths = ends(ITSELF, { never = "true" }),
  print_big = ends(SECONDS .. " | limit --lua-memory", -- that of the copies or that of the time
    { flags = "--lua-memory 256 --log 1M --lua-seconds 1", says = "%-%-log" }),
  random_huge = ends "words 'n' is 1099511627776",
  range_big = ends "words 'n' is 1099511627776",
  rawset_views = ends "itself | words .",
  recursion_mt = ends(ITSELF, { says = "C stack overflow" }),
  remove_border = ends("itself | " .. SECONDS),
  reopen_other = ends(GONE),
  rep_one_loop = big(SECONDS),
  requires = ends(ITSELF, { says = "lrrun.train\ttrue", quotes = "yes" }),
  reshape_over = ends(ITSELF, { never = "true" }),
  rollback_forever = ends "ctrl-c",
  runs_keep = ends(GONE),
  sched_long = ends("itself | words levels | limit --lua-seconds"),
  search_flood = ends "ctrl-c",
  search_out = ends(ITSELF, { never = "true" }),
  seq_100k = ends("itself | " .. SECONDS),
  seq_million = ends("limit --memory | limit --lua-memory | words layers | " .. SECONDS),
  session_labels2 = ends "words shows no 'loader'",
  set_once = big(SECONDS),
  snapshot_forge2 = ends "words shows no 'session'",
  sort_fit = ends(ITSELF),
  space_cycle = ends(ITSELF, { says = "nested more than 64 deep" }),
  step_returns = ends(ITSELF),
  study_1e9 = ends "ctrl-c",
  study_fail_1e9 = ends "ctrl-c",
  study_loop = ends "words no search dimension | limit --lua-seconds",
  study_yield = ends("itself | words yield", { never = "1e%+09" }),
  table_arg_border2 = ends("itself | " .. SECONDS),
  tb_flood = ends "ctrl-c",
  tensor_once = ends "words memory",
  tensors_small = ends("limit --memory | " .. SECONDS),
  tostring_addr = ends "words 'io' is not there",
  upvals = ends(ITSELF, { says = "19900" }),
  vararg_many = ends("itself | limit --lua-memory"),
  wrong_self = ends("itself | " .. SECONDS, { says = "" }),
}
