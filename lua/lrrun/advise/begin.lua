--- Begins a run as lrrun.runs.execute does, with lr = "auto" found before. Layer: advise.

local execute = require "lrrun.runs.execute"

--- As execute.begin. A recipe that says its rate loads nothing for it.
---@param r table a resolved recipe
---@param opts { record: boolean?, folder: string?, quiet: boolean? }
---@return table run
return function(r, opts)
  if r.opts.optimizer.opts.lr ~= "auto" then
    return execute.begin(r, opts)
  end
  execute.check_place(opts)
  local settled, found, dataset = require("lrrun.advise").settle(r, opts.quiet)
  return execute.begin(settled, { record = opts.record, folder = opts.folder, quiet = opts.quiet,
    found = found, dataset = dataset })
end
