-- A small vision transformer on CIFAR-10, beside the network of convolutions of cifar10_cnn.lua.
--
-- Use:    lrrun recipes/vit_cifar.lua      (--set stem=patches: without convolutions before it)
-- Needs:  CIFAR-10, binary version (lrrun data cifar10 says where it is to be had)
-- Result: 81.3 % of the 10,000 test images (92 of 60,000 images approximate), with seed 1, where
--         cifar10_cnn gets 90.8 % in a third more time; 14 minutes of processor time on two cores
--         of a Xeon (Sapphire Rapids)
--
-- An image is 64 places of 96 values, each of which asks all others. What makes the places is two
-- small convolutions, from which a transformer learns sooner than from patches of 4 by 4 pixels
-- (Xiao et al., NeurIPS 2021, arXiv 2106.14881). It knows nothing of neighbours but what these
-- say, and has to learn from 50,000 images what convolutions have by their form (Dosovitskiy et
-- al., ICLR 2021, arXiv 2010.11929).
--
-- As there, the test images stand in for a validation split and decide nothing: the length is
-- fixed, and with the rate at zero the last epoch is the best.

local WIDTH = 96

local function conv(width)
  return nn.sequential {
    nn.conv2d { width, kernel = 3, padding = 1, bias = false }, nn.batchnorm(), nn.relu(),
    nn.maxpool2d(2),
  }
end

-- 8 by 8 places of WIDTH values either way.
local stems = {
  convs = nn.sequential {
    conv(32), conv(64), nn.conv2d { WIDTH, kernel = 3, padding = 1 },
  },
  patches = nn.conv2d { WIDTH, kernel = 4, stride = 4 },
}

return recipe {
  name = "vit_cifar",
  seed = 1,
  data = data.cifar10 {
    batch = 128, val = "test", augment = { flip = true, crop = 4, cutout = 8 },
  },
  model = nn.sequential {
    stems[option("stem", "convs")], nn.tokens(), nn.positions(),
    nn.transformer { depth = 4, heads = 4, mlp = 2 },
    nn.global_avgpool(), nn.linear(10),
  },
  loss = nn.cross_entropy { label_smoothing = 0.1 },
  optimizer = optim.adamw { lr = 2e-3, weight_decay = 0.05, decay = "matrices" },
  schedule = schedule.one_cycle { max = 2e-3, warmup = 0.2, anneal = "linear" },
  clip = { norm = 1 },
  epochs = option("epochs", 10),
}
