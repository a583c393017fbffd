-- Which tensors of a file fit which of a network, by names and shapes.
local match = require "lrrun.record.match_names"

local function list(text)
  local out = {}
  for name, sizes in text:gmatch "(%S+)%s+(%b())" do
    local shape = {}
    for d in sizes:gmatch "%d+" do
      shape[#shape + 1] = math.tointeger(tonumber(d))
    end
    out[#out + 1] = { name = name, shape = shape }
  end
  return out
end

-- The pairs as lines, "name < name, way"; open layers with how many could be meant; the unused.
local function found(network, file, equal)
  local result, out = match.find(list(network), list(file), equal), {}
  for _, item in ipairs(result.pairs) do
    local names = {}
    for i, entry in ipairs(item.from) do
      names[i] = entry.name
    end
    out[#out + 1] = item.to.name .. " < " .. table.concat(names, "+")
      .. (item.way ~= "as it is" and ", " .. item.way or "")
  end
  for _, item in ipairs(result.open) do
    out[#out + 1] = ("%s ? %d"):format(item.layer.name, #item.candidates)
  end
  for _, entry in ipairs(result.unused) do
    out[#out + 1] = "- " .. entry.name
  end
  return out
end

describe("names of weights", function()
  it("that are equal are one, and no others where that is asked for", function()
    local network = "1.linear.weight (3, 2) 1.linear.bias (3)"
    assert.same({ "1.linear.weight < 1.linear.weight", "1.linear.bias < 1.linear.bias", "- x" },
      found(network, "x (3) 1.linear.bias (3) 1.linear.weight (3, 2)", true))
    assert.same({ "1.linear ? 0", "- fc.bias", "- fc.weight" },
      found(network, "fc.bias (3) fc.weight (3, 2)", true))
  end)

  it("of PyTorch's modules go by kind, shape and order, ten behind nine", function()
    assert.same({
      "1.conv2d.weight < layer9.conv.weight", "4.conv2d.weight < layer10.conv.weight",
      "7.linear.weight < fc.weight", "7.linear.bias < fc.bias",
      "2.batchnorm.weight < layer9.bn.weight", "2.batchnorm.bias < layer9.bn.bias",
      "2.batchnorm.running_mean < layer9.bn.running_mean",
      "2.batchnorm.running_var < layer9.bn.running_var",
    }, found([[1.conv2d.weight (4, 4, 3, 3) 4.conv2d.weight (4, 4, 3, 3) 7.linear.weight (5, 4)
      7.linear.bias (5) 2.batchnorm.weight (4) 2.batchnorm.bias (4) 2.batchnorm.running_mean (4)
      2.batchnorm.running_var (4)]], [[fc.bias (5) fc.weight (5, 4) layer10.conv.weight (4, 4, 3, 3)
      layer9.bn.bias (4) layer9.bn.num_batches_tracked () layer9.bn.running_mean (4)
      layer9.bn.running_var (4) layer9.bn.weight (4) layer9.conv.weight (4, 4, 3, 3)]]))
  end)

  it("of recurrent layers know layers and directions", function()
    local network, file, wanted = {}, {}, {}
    for _, pair in ipairs { { "", "l0" }, { "reverse.", "l0_reverse" }, { "l2.", "l1" },
      { "l2.reverse.", "l1_reverse" } } do
      for _, kind in ipairs { "weight_ih", "bias_hh" } do
        local shape = kind == "bias_hh" and " (8)" or pair[2]:find "l0" and " (8, 3)" or " (8, 4)"
        network[#network + 1] = "2.lstm." .. pair[1] .. kind .. shape
        table.insert(file, 1, "rnn." .. kind .. "_" .. pair[2] .. shape)
        wanted[#wanted + 1] = "2.lstm." .. pair[1] .. kind .. " < rnn." .. kind .. "_" .. pair[2]
      end
    end
    assert.same(wanted, found(table.concat(network, " "), table.concat(file, " ")))
  end)

  it("of attention may be parts that are joined", function()
    local network = [[1.attention.weight_qkv (8, 4) 1.attention.bias_qkv (8) 1.attention.weight_out
      (4, 4) 1.attention.bias_out (4)]]
    assert.same({ "1.attention.weight_qkv < a.in_proj_weight",
      "1.attention.bias_qkv < a.in_proj_bias", "1.attention.weight_out < a.out_proj.weight",
      "1.attention.bias_out < a.out_proj.bias" }, found(network,
      "a.in_proj_weight (8, 4) a.in_proj_bias (8) a.out_proj.weight (4, 4) a.out_proj.bias (4)"))
    assert.same({
      "1.attention.weight_qkv < a.q_proj.weight+a.k_proj.weight+a.v_proj.weight, joined",
      "1.attention.weight_out < a.o_proj.weight" },
      found("1.attention.weight_qkv (8, 4) 1.attention.weight_out (4, 4)", [[a.q_proj.weight (4, 4)
      a.k_proj.weight (2, 4) a.v_proj.weight (2, 4) a.o_proj.weight (4, 4)]]))
    assert.same({ "1.attention ? 0", "- a.q_proj.weight", "- a.k_proj.weight", "- a.v_proj.weight",
      "- a.o_proj.weight" },
      found("1.attention.weight_qkv (8, 4) 1.attention.weight_out (4, 4)", [[a.q_proj.weight (4, 4)
      a.k_proj.weight (4, 4) a.v_proj.weight (2, 4) a.o_proj.weight (4, 4)]]))
  end)

  it("of swiglu, positions and Keras's layers are known", function()
    assert.same({ "1.swiglu.weight_gate < ff.gate_proj.weight",
      "1.swiglu.weight_up < ff.up_proj.weight", "1.swiglu.weight_down < ff.down_proj.weight",
      "2.positions.weight < pos.embedding, reshaped", "3.linear.weight < dense/kernel, transposed",
      "3.linear.bias < dense/bias", "4.layernorm.weight < norm/gamma",
      "4.layernorm.bias < norm/beta" },
      found([[1.swiglu.weight_gate (6, 4) 1.swiglu.weight_up (6, 4) 1.swiglu.weight_down (4, 6)
        2.positions.weight (9, 4) 3.linear.weight (4, 4) 3.linear.bias (4) 4.layernorm.weight (4)
        4.layernorm.bias (4)]], [[dense/bias (4) dense/kernel (4, 4) ff.down_proj.weight (4, 6)
        ff.gate_proj.weight (6, 4) ff.up_proj.weight (6, 4) norm/beta (4) norm/gamma (4)
        pos.embedding (1, 9, 4)]]))
  end)

  it("of square matrices follow those whose sides differ", function()
    assert.same({ "1.linear.weight < h.0.w.weight, transposed", "2.linear.weight < h.1.w.weight, "
      .. "transposed" }, found("1.linear.weight (8, 4) 2.linear.weight (4, 4)",
      "h.0.w.weight (4, 8) h.1.w.weight (4, 4)"))
    assert.same({ "1.embedding.weight < wte.weight", "2.linear.weight < h.1.w.weight" },
      found("1.embedding.weight (4, 4) 2.linear.weight (3, 4)",
      "h.1.w.weight (3, 4) wte.weight (4, 4)"))
  end)

  it("of GPT-2 are transposed, with masks among them", function()
    assert.same({ "1.embedding.weight < wte.weight", "2.positions.weight < wpe.weight",
      "3.attention.weight_qkv < h.0.attn.c_attn.weight, transposed",
      "3.attention.bias_qkv < h.0.attn.c_attn.bias",
      "3.attention.weight_out < h.0.attn.c_proj.weight, transposed",
      "3.attention.bias_out < h.0.attn.c_proj.bias",
      "4.linear.weight < h.0.mlp.c_fc.weight, transposed", "4.linear.bias < h.0.mlp.c_fc.bias",
      "5.layernorm.weight < h.0.ln_1.weight", "6.layernorm.weight < ln_f.weight" },
      found([[1.embedding.weight (9, 4) 2.positions.weight (5, 4) 3.attention.weight_qkv (12, 4)
        3.attention.bias_qkv (12) 3.attention.weight_out (4, 4) 3.attention.bias_out (4)
        4.linear.weight (16, 4) 4.linear.bias (16) 5.layernorm.weight (4) 6.layernorm.weight (4)]],
        [[h.0.attn.bias (1, 1, 5, 5) h.0.attn.masked_bias () h.0.attn.c_attn.bias (12)
        h.0.attn.c_attn.weight (4, 12) h.0.attn.c_proj.bias (4) h.0.attn.c_proj.weight (4, 4)
        h.0.ln_1.weight (4) h.0.mlp.c_fc.bias (16) h.0.mlp.c_fc.weight (4, 16) ln_f.weight (4)
        wpe.weight (5, 4) wte.weight (9, 4)]]))
  end)

  it("are left open where more modules fit than there are layers, or something is over", function()
    assert.same({ "1.linear ? 2", "- a.weight", "- b.weight" },
      found("1.linear.weight (3, 2)", "a.weight (3, 2) b.weight (3, 2)"))
    assert.same({ "1.linear ? 0", "- a.weight", "- a.bias" }, -- its bias would be lost
      found("1.linear.weight (3, 2)", "a.weight (3, 2) a.bias (3)"))
  end)
end)
