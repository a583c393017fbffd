--- Recipes that are not contained yet, by reason; an entry goes with its fix.

return {
  ["a label that is none gives NaN"] = [[
    given/labels_out ]],
  ["a long native call is not stopped"] = [[
    search/study_within_study objects/recipe_in_itself training/group_patterns ]],
  ["a name ends at its zero byte"] = [[
    paths/readers ]],
  ["an interrupt does not end the script"] = [[
    interrupts/opening interrupts/own_loop ]],
  ["messages of native methods show the inside"] = [[
    given/optim_forged given/own_loop_t given/table_arg_border2 given/tostring_addr
    objects/backward_first objects/batch_written_to objects/builder_used_later
    objects/forward_of_anything objects/graph_function objects/loader_numbers objects/loss_alone
    objects/optimizer_of_closed objects/tensor_close_variable objects/tensor_closed
    objects/tensor_set_itself objects/values_that_lie strings/format_missing
    strings/format_widths strings/gsub_replacements strings/pack_formats tables/next_unknown_key
    tables/unpack_edges ]],
  ["native memory has no limit yet"] = [[
    callbacks/trains_itself files/datasets_of_files files/runs_in_runs given/datasets_keep
    memory/datasets_many memory/grad_norms memory/views training/one_step_long
    training/opens_never_end ]],
  ["not mended yet"] = [[
    memory/lua_in_schedule ]],
  ["texts are printed as they stand"] = [[
    given/requires paths/required text/errors_of_every_kind ]],
  ["there is no --log yet"] = [[
    given/print_big log/message_large log/required_large ]],
}
