--- `lrrun --version`, with more beside it under --verbose (plain `lrrun --version` is
--- answered by main.c, without Lua). Layer: cli.

local host = require "lrrun.native.host"
local sys = require "lrrun.native.sys"

return function(call)
  local out = call.out
  local result = { version = host.version, lua = host.lua, real = sys.real }
  out:print("lrrun %s (%s)", host.version, host.lua)
  if call.flags.verbose then
    local core, config = sys.blas()
    result.compiler, result.cpu = host.compiler, sys.cpu_name()
    result.isa, result.blas, result.blas_config = sys.isa(), core, config
    out:print("compiler  %s", host.compiler)
    out:print("processor %s", result.cpu)
    out:print("kernels   %s, reals %s", result.isa, sys.real)
    result.products = sys.products()
    out:print("products  %s", result.products == "fused"
      and "of our own, multiplied and added in one" or "of BLAS")
    out:print("BLAS      %s, kernels %s", config, core)
    local files, calls = host.rings()
    result.landlock, result.seccomp = files and host.landlock() or 0, calls
    out:print("sandbox   Landlock %s, seccomp %s", files and host.landlock() or "absent",
      calls and "present" or "absent")
  end
  out:result(result)
  return 0
end
