--- A layer's weight that is another's too: `name` on the layer that has it, `tied` on the one
--- that takes it. Layer: nn.

local shared = {}

--- The rules of both keys.
shared.NAME = { "name", "string", doc = "what other layers call it by, to take its weight" }
shared.TIED = { "tied", "string",
  doc = "the name of a layer before it whose weight it takes, in the place of one of its own" }

--- For a descriptor's check: what says how a weight starts belongs to the layer that has it.
function shared.check(o, fail)
  if o.tied and o.init then
    fail("init", "is given beside tied = \"%s\": the weight starts as that layer says", o.tied)
  elseif o.tied and o.tied == o.name then
    fail("tied", "is the layer's own name: it takes that of a layer before it")
  elseif o.name == "" then
    fail("name", "is empty")
  end
end

--- The layer's weight, its own or the one it takes.
---@param o table the layer's options
---@param b table the builder
---@param shape integer[]
---@param start { kind: string, a: number } where it is its own
---@param layout string? of Builder:param
function shared.weight(o, b, shape, start, layout)
  if o.name then
    b:call(o.name)
  end
  if o.tied then
    return b:tied(o.tied, "weight", shape)
  end
  return b:param("weight", shape, start, layout)
end

return shared
