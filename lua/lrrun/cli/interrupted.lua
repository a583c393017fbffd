--- The exit code of a call that was interrupted, or nil. Layer: cli.

local sys = require "lrrun.native.sys"

local CODES = { SIGINT = 130, SIGTERM = 143 }

---@return integer?
return function()
  return CODES[sys.interrupted()]
end
