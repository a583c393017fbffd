--- What is undone where a block is left by an error:
--
--   local _ <close> = on_error(function() lock:close() end)
--
-- The error goes on as it is. Layer: util.

local Mt = {
  __close = function(self, why)
    if why ~= nil then
      self.undo(why)
    end
  end,
}

---@param undo fun(why: any)
return function(undo)
  return setmetatable({ undo = undo }, Mt)
end
