--- `lrrun help bf16`: what is rounded, and which bits hold where. Layer: cli.

local TEXT = [[
bf16: matrix products of operands that are rounded to bfloat16.

  precision = "bf16"                in a recipe; "f32" without it
  lrrun recipe.lua --precision bf16 for this run, whatever the recipe says
  lrrun plan recipe.lua             says what computes them on this machine
  lrrun eval RUN --precision f32    eval, predict and generate: as in training
                                    without it
  lrrun export RUN -o model.onnx    writes a model that computes in f32

What is multiplied is rounded to 8 significant bits, to nearest even (what is
too small to be a normal float is 0); the sums are f32. Weights, gradients,
biases, norms, softmax, losses, the optimizer and averages are f32, and so are
files of weights. Rounded are the products of

  nn.linear and the projections of attention and transformers: all
  nn.conv2d, nn.conv1d: all but those below
  nn.rnn, nn.lstm, nn.gru: all

f32 stay depthwise convolutions, scores and mixes of attention, and in the order
"pairs" 3x3 convolutions that go by Winograd's method (which takes a quarter of
the multiplications).

The order of sums is defined, one of two, for any number of threads and ranks:

  tiles  where the processor has AMX and the system lets it be used: of each 32
         depths the sum of the even ones' products and that of the odd ones'
  pairs  anywhere else, and with --portable on any x86-64 CPU: as AVX-512 BF16's
         vdpbf16ps, pairs along the depth, the second of a pair first

Each product is added by a fused multiply-add that takes and gives 0 where a
float is not normal. By AMX that is five to ten times as fast as in f32, by
AMD's vdpbf16ps twice; elsewhere FMA does the same, with the same bits and no
faster than f32 (Intel's vdpbf16ps is slower). A run keeps which order it took;
resume, replay and ranks say where it is the other one.]]

return function(out)
  for line in (TEXT .. "\n"):gmatch "(.-)\n" do
    out:print("%s", line)
  end
end
