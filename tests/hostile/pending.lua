--- Recipes that are not contained yet, by reason. Empty means gone: an entry goes with its fix.

return {
  ["a label that is none gives NaN"] = [[
    given/labels_out ]],
  ["a long native call is not stopped"] = [[
    search/study_within_study interrupts/search_verb_loops
    language/call_circle objects/recipe_in_itself search/workers_loop
    training/group_patterns ]],
  ["a name ends at its zero byte"] = [[
    paths/readers ]],
  ["an interrupt does not end the script"] = [[
    given/fit_flood given/fit_forever given/nested_fit_deep given/rollback_forever
    given/search_flood given/study_1e9 given/study_fail_1e9 interrupts/epoch_callback_trains
    interrupts/fit_caught interrupts/fit_in_coroutine interrupts/native_strings
    interrupts/opening interrupts/own_loop interrupts/range_verb interrupts/verify_verb
    memory/results_kept search/bayes_many ]],
  ["messages of native methods show the inside"] = [[
    strings/unpack_lies
    given/optim_forged given/own_loop_t given/table_arg_border2 given/tostring_addr
    given/vararg_many objects/backward_first objects/batch_written_to objects/builder_used_later
    objects/forward_of_anything objects/graph_function objects/loader_numbers objects/loss_alone
    objects/optimizer_of_closed objects/tensor_close_variable objects/tensor_closed
    objects/tensor_set_itself objects/values_that_lie strings/format_missing
    strings/format_widths strings/gsub_replacements strings/pack_formats tables/next_unknown_key
    tables/unpack_edges ]],
  ["native memory has no limit yet"] = [[
    objects/view_of_dropped_network
    callbacks/trains_itself files/datasets_of_files files/runs_in_runs given/build_batch_grow
    given/datasets_keep given/models_keep given/tensors_small memory/batch_grows
    memory/batch_too_large memory/convolution memory/datasets_many memory/grad_norms
    memory/loaders memory/long_sequences memory/moments memory/moments_of_tensors
    memory/network_in_callback memory/plans memory/range_of_large memory/runs_kept
    memory/search_of_large memory/tensor_copies memory/tensors_caught memory/tensors_large
    memory/training_too_large memory/views memory/wide_embedding search/workers_take_memory
    training/one_step_long training/opens_never_end ]],
  ["not mended yet"] = [[
    memory/lua_in_schedule ]],
  ["texts are printed as they stand"] = [[
    paths/predict_inputs
    given/error_escapes given/requires given/search_out objects/duration_forged
    objects/result_changed paths/required schedules/plateau_of_nothing text/columns
    text/error_escapes_c1 text/error_name_of_type text/errors_of_every_kind text/json
    text/json_error text/option_names text/pattern_in_message text/print_broken text/print_c1
    text/print_directions text/print_escapes text/verbose ]],
  ["there is no --disk yet"] = [[
    disk/checkpoints disk/events disk/many_runs disk/metrics disk/required_copies disk/study
    disk/weights given/ckpt_flood ]],
  ["there is no --log yet"] = [[
    given/print_big language/error_huge log/key_large log/message_large log/name_large
    log/option_large log/path_large log/print_caught log/print_in_callback log/print_lines
    log/print_many_words log/progress log/required_large log/study_lines ]],
}
