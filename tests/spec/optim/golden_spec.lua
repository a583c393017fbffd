local golden = require "golden.optimizer"

-- f(x) = x^2 / 2 from 1: the gradient is the parameter, so three updates show defaults,
-- the place of eps and bias corrections. Numbers from PyTorch 1.13 and Keras 3's sources.
local QUADRATIC = {
  { "optim.sgd{lr=.1, momentum=.9}", .9000000000, .7200000000, .4860000000 },
  { "optim.sgd{lr=.1, momentum=.9, nesterov=true}", .8100000000, .5751000000, .3273210000 },
  { "optim.sgd{lr=.1, momentum=.9, dampening=.9}", .9000000000, .8010000000, .7038900000 },
  { "optim.sgd{lr=.1, momentum=.9, like='keras'}", .9000000000, .7200000000, .4860000000 },
  { "optim.sgd{lr=.1, momentum=.9, nesterov=true, like='keras'}", .81, .5751, .327321 },
  { "optim.adam{}", .9990000000, .9980000262, .9970000961 },
  { "optim.adam{like='keras'}", .9990000032, .9980000316, .9970001033 },
  { "optim.adamw{}", .9989900000, .9979800366, .9969701273 },
  { "optim.adamax{}", .9980000000, .9960001054, .9940003884 },
  { "optim.nadam{}", .9978870965, .9963211968, .9948589145 },
  { "optim.nadam{like='keras'}", .9989372123, .9981639787, .9974531423 },
  { "optim.radam{}", .9990000000, .9980005263, .9970015962 },
  { "optim.adagrad{like='pytorch'}", .9900000000, .9829645540, .9772379395 },
  { "optim.adagrad{like='keras'}", .9990465375, .9983568168, .9977893130 },
  { "optim.adadelta{like='pytorch'}", .9968377382, .9935981984, .9903090828 },
  { "optim.adadelta{like='keras'}", .9999985858, .9999971536, .9999957091 },
  { "optim.rmsprop{like='pytorch'}", .9000000100, .8329179753, .7799822820 },
  { "optim.rmsprop{like='keras'}", .9968377239, .9945470122, .9926306768 },
  { "optim.rmsprop{like='pytorch', centered=true, momentum=.9}", .8994962286, .7413059928,
    .5496501846 },
  { "optim.rprop{}", .9900000000, .9780000000, .9636000000 },
  { "optim.lion{}", .9999000000, .9998000000, .9997000000 },
  { "optim.lamb{}", .9990000000, .9980010000, .9970029990 },
}

describe("optimizers on a quadratic", function()
  for _, row in ipairs(QUADRATIC) do
    it("follow the reference: " .. row[1], function()
      local ok, message = golden.run {
        expr = row[1], init = { 1 }, rtol = 3e-7,
        grads = { { 1 }, { row[2] }, { row[3] } },
        params = { { row[2] }, { row[3] }, { row[4] } },
      }
      assert.is_true(ok, message)
    end)
  end
end)
