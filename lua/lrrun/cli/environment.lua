--- Variables of the environment that lrrun goes by: what they do not take is an error, as with
--- flags. Layer: cli.

local errors = require "lrrun.util.errors"
local parse = require "lrrun.cli.parse"
local sys = require "lrrun.native.sys"

local environment = {}

local KERNELS = { "sse2", "avx2", "avx512" } -- os/cpu.h
local SECONDS = { "LRRUN_PATIENCE", "LRRUN_SILENCE" }

--- Fails, as wrong usage, where one has a value that would be passed over; "" is none.
function environment.check()
  local kernels = sys.env "LRRUN_ISA" or ""
  local known = kernels == ""
  for _, name in ipairs(KERNELS) do
    known = known or kernels == name
  end
  if not known then
    parse.fail("LRRUN_ISA takes %s or %s, got '%s'%s", table.concat(KERNELS, ", ", 1, #KERNELS - 1),
      KERNELS[#KERNELS], errors.short(kernels, 40), errors.hint(kernels, KERNELS))
  end
  for _, name in ipairs(SECONDS) do
    local text = sys.env(name) or ""
    if text ~= "" and (tonumber(text) or 0) <= 0 then
      parse.fail("%s takes seconds, more than 0, got '%s'", name, errors.short(text, 40))
    end
  end
end

return environment
