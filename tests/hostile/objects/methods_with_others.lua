-- ends: itself | limit --lua-seconds
-- seconds: 1
-- every method that any object has, with every object as its first argument
local d = data.spirals { n = 20 }:open {}
local m = nn.linear(3):build({ 2 }, { batch = 4 })
local _, run = train.fit(recipe { data = data.spirals { n = 60 }, model = nn.linear(3), optimizer = optim.sgd { lr = 0.1 }, epochs = 1 }, { record = false, quiet = true })
local o = optim.adam { lr = 0.1 }:bind(m)
local all = { d, d.native, d:loader {}, m, m.graph, m.builder, o, o.native, run, tensor.new { 2 }, m:params().weight, schedule.cosine {}, nn.linear(2), nn.mse():build({ 2 }, { batch = 2 }), epochs, search.uniform(0, 1), stop.nonfinite {}, data.spirals {}, 7, "x", {} }
local list = {}
for _, name in ipairs { "shape", "dtype", "values", "set", "copy", "close", "next", "seek", "count", "samples", "indices", "split", "fit", "check", "info", "scale", "set_scale", "loader", "forward", "backward", "step", "evaluate", "plan", "params", "buffers", "grads", "feed", "also", "update", "bind", "config", "get", "set_lr", "states", "scalars", "state", "at", "where", "observe", "build", "add", "open", "batches", "input", "describe", "kept", "fingerprint", "param", "op", "layer", "tied", "call", "buffer", "block", "tensor", "grad", "segments", "init", "memory" } do
  for _, v in ipairs(all) do
    local ok, f = pcall(function() return v[name] end)
    if ok and type(f) == "function" then list[#list + 1] = f end
  end
end
for _, a in ipairs(all) do for _, f in ipairs(list) do for _, b in ipairs { 1, all[1], all[10] } do pcall(f, a, b, b) pcall(f, a) end end end
print "tried"
