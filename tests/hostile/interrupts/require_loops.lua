-- ends: ctrl-c
-- flags: --lua-seconds 100
require "endless"
