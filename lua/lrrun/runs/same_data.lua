--- Raises where data are others than those of the fingerprint that a run kept. Layer: runs.
---@param dataset table
---@param kept string?
return function(dataset, kept)
  if kept ~= dataset.fingerprint then
    error(("the data differ from what the run was trained on (%s): want SHA-256 %s, found %s")
      :format(dataset.kind, kept, dataset.fingerprint), 0)
  end
end
