-- ends: words table
error({ code = 0 })
