--- How many different tokens a target of a data set may be, where it is one; else nil. With
--- `context` alone, as data.text has it, the end of a text is one more than the vocabulary has.
--- Layer: nn.

---@param dataset table
---@return integer?
return function(dataset)
  local o = dataset.opts
  return dataset.next and dataset.vocab
    or o and o.context and dataset.dtype == "i32" and dataset.classes or nil
end
