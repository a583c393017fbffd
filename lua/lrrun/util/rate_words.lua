--- Words that stand for an optimizer's rate in a recipe, each of which has it found before the
--- run begins; word -> what finds it. Layer: util.

local rate_words = {
  auto = "advice finds it, at the cost of a run (lrrun help advise)",
  range = "a range test finds it, a quick look of a few hundred updates",
}

--- All of them.
rate_words.list = { "auto", "range" }

--- What help says of them.
function rate_words.doc()
  local parts = {}
  for i, word in ipairs(rate_words.list) do
    parts[i] = ("'%s': %s"):format(word, rate_words[word])
  end
  return table.concat(parts, "; ")
end

--- The word that a rate is, or nil.
---@param lr any of an optimizer's options
---@return string?
function rate_words.of(lr)
  return type(lr) == "string" and lr or nil
end

return rate_words
