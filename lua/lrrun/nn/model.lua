--- A built network: parameters with values, forward and backward, and the loss once it is
--- known. nn.linear{7}:build({5}, { batch = 4 }) gives one; so does training.
-- Layer: nn.

local base = require "lrrun.nn.base"
local builder = require "lrrun.nn.builder"
local current = require "lrrun.util.current"
local errors = require "lrrun.util.errors"
local freeze = require "lrrun.util.freeze"
local options = require "lrrun.util.options"
local roles = require "lrrun.nn.roles"
local target_tokens = require "lrrun.nn.target_tokens"
local tensor = require "lrrun.native.tensor"
local values = require "lrrun.util.values"
local whole = require "lrrun.nn.whole"

local model = {}

local Model = {}
local Mt = { __name = "model" }

local BUILD = options.constructor {
  name = "nn.build",
  doc = "Options of layer:build(shape, options).",
  keys = {
    { "batch", "integer", min = 1, default = 1, doc = "largest batch; it grows when needed" },
    { "seed", "integer", default = 0, doc = "seed of the weights" },
    { "dtype", "string", choices = { "real", "i32" }, doc = "of the input" },
    { "seq", "boolean", default = false, doc = "first axis is time of varying length" },
    { "vocab", "integer", min = 1, doc = "tokens there are" },
    { "target_vocab", "integer", min = 1, doc = "tokens that a target may be; vocab without it" },
    { "input_grad", "boolean", doc = "whether backward gives the input's gradient" },
    { "freeze", { "string", "list" }, form = freeze.FORM,
      doc = "parameters that do not train, or not until so many updates of the optimizer" },
    { "portable", "boolean", doc = "the same bits on any CPU, slower; as --portable says without" },
    { "precision", "string", choices = { "f32", "bf16" }, doc = "as a recipe's, or --precision" },
    { "base", "value", kinds = { "nn." },
      doc = "the same network, narrower, which this one starts and trains like (lrrun help "
        .. "transfer)" },
  },
  check = function(o, fail)
    for _, item in ipairs(type(o.freeze) == "table" and o.freeze or {}) do
      if not options.is_value(item) and type(item) == "table" and item.thaw and item.statistics then
        fail("freeze", "has a thaw and statistics: in a loop of one's own nothing tells a "
          .. "batchnorm the time; want one of them")
      end
    end
    o.freeze = freeze.items(o.freeze)
  end,
}

-- The first layer that is no container decides whether the input is tokens.
local function takes_tokens(value)
  while type(value.opts.layers) == "table" and value.opts.layers[1] do
    value = value.opts.layers[1]
  end
  return value.takes_tokens == true
end

local function is_container(value)
  return type(value.opts.layers) == "table" or value.opts.f ~= nil
end

-- What the network is fed with: shape of one sample, dtype, whether time comes first.
local function input_of(value, shape, data, o)
  if type(shape) ~= "table" then
    errors.raise(nil, "%s:build: want the shape of one sample as a table, got %s", value.kind,
      errors.show(shape))
  elseif data then
    return data.dtype == "i32" and data.seq and { data.length } or data.shape,
      o.dtype or data.dtype, o.seq or data.seq or false
  end
  return shape, o.dtype or takes_tokens(value) and "i32" or "real", o.seq
end

-- Whether backward gives the input's gradient: said, or for a layer alone.
local function wants_gradient(value, o)
  if o.input_grad ~= nil then
    return o.input_grad
  end
  return not is_container(value)
end

-- As the layer's own options say, else the command line.
local function is_portable(o)
  if o.portable ~= nil then
    return o.portable
  end
  return current.request().portable or false
end

--- Builds `value` for samples of `shape` and draws its weights from `seed`.
---@param value table a layer
---@param shape integer[] one sample's, without the batch; or a data set
---@param opts table? as BUILD has them
function model.build(value, shape, opts)
  local o = BUILD(opts or {}).opts
  local data = type(shape) == "table" and shape.splits and shape or nil
  local sizes, dtype, seq = input_of(value, shape, data, o)
  local context = { vocab = o.vocab or data and data.vocab, portable = is_portable(o),
    precision = o.precision or current.request().precision,
    target_vocab = o.target_vocab or data and target_tokens(data) }
  local narrow = o.base
    and base.build(o.base, context, { shape = sizes, dtype = dtype, seq = seq }) or nil
  local b = builder.new { vocab = context.vocab, target_vocab = context.target_vocab,
    freeze = o.freeze, portable = context.portable,
    precision = context.precision, base = narrow }
  local wants = wants_gradient(value, o)
  local self = setmetatable({
    value = value, builder = b, graph = b.graph, seed = o.seed, batch = o.batch,
  }, Mt)
  self.input = b:input("x", sizes, { dtype = dtype, seq = seq, grad = wants })
  self.input_grad = wants and dtype == "real"
  self.output = b:layer(value, self.input)
  if narrow then
    base.check(value, b)
  end
  self.losses, self.extra = {}, {}
  self:plan(o.batch)
  self.graph:init(o.seed)
  return self
end

--- Plans it with its loss and `also`'s for batches of n, or parts of them: self.batch then.
---@param n integer
---@param parts boolean?
function Model:plan(n, parts)
  local outputs = { self.output, table.unpack(self.extra) }
  outputs[#outputs + 1] = self.loss_node
  self.batch = 0 -- where there is no memory for it, the next call plans anew
  self.batch = self.graph:plan(outputs, n, true, parts)
end

--- What each parameter is to the network, by its name: see roles.lua.
---@return table<string, string>
function Model:roles()
  return roles.of(self.builder, self.output)
end

--- Keeps node `id` readable after forward, beside the output.
---@param id integer
function Model:also(id)
  local n = self.batch
  self.extra[#self.extra + 1] = id
  self:plan(n)
end

-- nn.mse() in a loop is a new value each time, and the same loss.
local function same_loss(a, b)
  local same = a == b or a.kind == b.kind
  for _, rule in ipairs(same and options.descriptor(a).keys or {}) do
    same = same and a.opts[rule[1]] == b.opts[rule[1]]
  end
  return same
end

-- The loss among those that were attached before, or as a new node.
local function loss_entry(self, loss, soft)
  for _, entry in ipairs(self.losses) do
    if entry.soft == soft and same_loss(entry.loss, loss) then
      return entry
    end
  end
  local b = self.builder
  local shape, seq, _, axis = b:shape(self.output)
  local dtype, target_shape = loss:target(shape)
  if soft then
    dtype, target_shape = "real", shape
  end
  -- A sequence has a target at each of its own steps.
  local target = self.graph:input(target_shape, dtype, seq and axis, false, "y")
  b.value = loss
  local node = loss:add(b, self.output, target)
  b.value = nil
  local entry = { loss = loss, soft = soft, target = target, node = node }
  self.losses[#self.losses + 1] = entry
  return entry
end

--- Adds a loss on the output; from then on `step` and a session can train the network.
-- Returns the id of the target's node. Adding the same loss again does nothing.
---@param loss table a loss
---@param soft boolean? targets are a share for each class (mixup)
function Model:attach(loss, soft)
  soft = soft or false
  local entry = loss_entry(self, loss, soft)
  if self.loss_node ~= entry.node then
    self.loss, self.soft, self.target, self.loss_node = entry.loss, soft, entry.target, entry.node
    self:plan(self.batch)
  end
  return self.target
end

--- Makes room for batches of n samples.
---@param n integer
function Model:reserve(n)
  if n > self.batch then
    self:plan(n)
  end
end

-- The loss of a step: what is given, or else the last one.
local function use_loss(self, who, loss)
  loss = loss or self.loss
  if not options.is_value(loss) or type(loss.target) ~= "function" then
    errors.raise(nil, "%s: want a loss such as nn.cross_entropy(), got %s", who, errors.show(loss))
  end
  self:attach(loss)
end

local function check_tensor(who, key, batch)
  local t = type(batch) == "table" and batch[key]
  if type(t) ~= "userdata" then
    errors.raise(nil, "%s: want a batch { x = tensor, y = tensor }, got %s", who,
      type(batch) == "table" and key .. " = " .. errors.show(t) or errors.show(batch))
  end
end

-- A batch of data:batches(), or a table like it: a tensor for each input, and targets.
local function check_batch(self, who, batch)
  for _, input in ipairs(self.builder.inputs) do
    check_tensor(who, input.name, batch)
  end
  check_tensor(who, "y", batch)
end

local function samples(self, x, t)
  local shape, seq = self.builder:shape(self.input)
  local one = 1
  for i, d in ipairs(shape) do
    one = one * ((i == 1 and seq and t) or d)
  end
  return #x // one
end

local function check_x(who, x)
  if type(x) ~= "userdata" then
    errors.raise(nil, "%s: want a tensor, got %s", who, errors.show(x))
  end
end

local function as_input(self, id, x)
  local _, _, dtype = self.builder:shape(id)
  return whole(x, dtype)
end

-- What a batch says of an input: { x = ..., NAME = ... }, or of x alone without a table.
local function of_input(item, name)
  if type(item) == "table" then
    return item[name]
  end
  return name == "x" and item or nil
end

--- What a batch is to the graph's forward: { inputs, len, t }. len and t of a batch are x's,
--- or tables of those of each input by its name.
---@param batch table { x =, y =, len =, t = }, as data:batches() gives, and further inputs
---@return table
function Model:feed(batch)
  local run = { inputs = {}, len = {}, t = {} }
  for _, input in ipairs(self.builder.inputs) do
    run.inputs[input.id] = as_input(self, input.id, batch[input.name])
    local _, _, _, axis = self.builder:shape(input.id)
    if axis then
      run.len[axis], run.t[axis] = of_input(batch.len, input.name), of_input(batch.t, input.name)
    end
  end
  if self.target and batch.y then
    run.inputs[self.target] = as_input(self, self.target, batch.y)
  elseif self.target then
    run.inputs[self.target] = self:blank_target(samples(self, batch.x, of_input(batch.t, "x")),
      run.t)
  end
  return run
end

--- Ids of all inputs, the targets' last: what a session feeds.
---@return integer[]
function Model:fed()
  local ids = {}
  for i, input in ipairs(self.builder.inputs) do
    ids[i] = input.id
  end
  ids[#ids + 1] = self.target
  return ids
end

--- Output for a batch x (n, shape...): a view that the next forward overwrites. inputs: those
--- of further inputs by name.
---@param x userdata tensor
---@param opts {train: boolean?, len: userdata|table?, t: integer|table?, inputs: table?}?
function Model:forward(x, opts)
  opts = opts or {}
  local batch = { len = opts.len, t = opts.t, x = x }
  check_x("forward", x)
  for _, input in ipairs(self.builder.inputs) do
    batch[input.name] = batch[input.name] or opts.inputs and opts.inputs[input.name]
    check_tensor("forward", input.name, batch)
  end
  self:reserve(samples(self, x, of_input(opts.t, "x")))
  self.step_count = self.step_count or 0
  local run = self:feed(batch)
  run.train, run.seed, run.step = opts.train or false, self.seed, self.step_count
  self.graph:forward(run)
  return self.graph:tensor(self.output)
end

--- A target of zeros, for a forward pass that is only asked for its output: of n samples and,
--- where it is a sequence, as many steps as t says for its time axis (all without that).
function Model:blank_target(n, t)
  local shape, seq, dtype, axis = self.builder:shape(self.target)
  if seq then
    shape[1] = t[axis] or shape[1]
  end
  return tensor.new({ n, table.unpack(shape) }, nil, dtype)
end

--- Gradients for the output's gradient gy; returns the input's where it is kept.
---@param gy userdata tensor of the output's shape
function Model:backward(gy)
  check_x("backward", gy)
  self.graph:backward(self.output, gy)
  return self.input_grad and self.graph:grad(self.input) or nil
end

--- Forward and backward of one batch with a loss: returns the mean loss, and the number
--- of samples classified right where that has a meaning. `again`: the batch of the last step
--- once more, at other weights: the same values are dropped, running statistics stay.
---@param batch {x: userdata, y: userdata, len: userdata|table?, t: integer|table?}
---@param loss table a loss
---@param opts { again: boolean? }?
function Model:step(batch, loss, opts)
  local again = opts and opts.again or false
  check_batch(self, "step", batch)
  self:reserve(samples(self, batch.x, of_input(batch.t, "x")))
  use_loss(self, "step", loss)
  local count = self.step_count or 0
  if again then
    count = math.max(count - 1, 0)
  end
  local run = self:feed(batch)
  run.train, run.again, run.seed, run.step = true, again, self.seed, count
  local value, correct = self.graph:forward(run) -- what else the loss counts is left out
  self.graph:backward()
  self.step_count = count + 1
  return value, correct
end

--- Mean loss of a batch without training, and the number classified right.
function Model:evaluate(batch, loss)
  check_batch(self, "evaluate", batch)
  self:reserve(samples(self, batch.x, of_input(batch.t, "x")))
  use_loss(self, "evaluate", loss)
  local value, correct = self.graph:forward(self:feed(batch))
  return value, correct
end

local function views(self, block, segments)
  local out = {}
  for _, s in ipairs(segments) do
    out[s.name] = self.graph:block(block, s.at, s.shape)
  end
  return out
end

--- Parameters by name, as views: setting one changes the network.
function Model:params()
  return views(self, "params", (self.graph:segments()))
end

--- Running statistics by name, as views.
function Model:buffers()
  local _, buffers = self.graph:segments()
  return views(self, "buffers", buffers)
end

--- Gradients of the parameters by name, as views.
function Model:grads()
  return views(self, "grads", (self.graph:segments()))
end

--- Shape of one sample of the output, and whether its first axis is time of varying length.
---@return integer[] shape, boolean seq
function Model:shape()
  local shape, seq = self.builder:shape(self.output)
  return shape, seq
end

Mt.__index = values.guarded(Model, Mt, "model")

--- Whether it is a built network.
---@param what any
function model.is(what)
  return type(what) == "table" and debug.getmetatable(what) == Mt
end

return model
