--- A rank that trains the trials of a study that rank 0 works through: `mpirun -n 32 lrrun search`.
-- Layer: cli.

local hand = require "lrrun.study.hand"
local setup = require "lrrun.cli.setup"
local status = require "lrrun.cli.status"
local studies = require "lrrun.cli.studies"

return function(call)
  studies.prepare(call)
  hand(setup.out_folder(call), function(folder)
    return studies.here(call, folder, 1)
  end)
  return status.DONE
end
