--- Definitions for editors of what no descriptor says: values, trainings, functions that take
--- more than keys. Layer: cli.

local text = {}

text.HEAD = [[
---@meta
-- The recipe language of lrrun, for the Lua language server. Made by `lrrun help types`.

---@class lrrun.duration
---@operator mul(number): lrrun.duration

---@type lrrun.duration
epochs = nil
---@type lrrun.duration
steps = nil
---@type lrrun.duration percent of the run
percent = nil
---@type lrrun.duration
samples = nil

--- A value that --set NAME=VALUE changes.
---@generic T
---@param name string
---@param default T
---@return T
function option(name, default) end

---@class lrrun.recipe
---@class lrrun.stop
---@class lrrun.init
---@class lrrun.dimension
---@class lrrun.strategy

---@class lrrun.tensor
---@operator len: integer
---@field shape fun(self): integer[]
---@field values fun(self): number[]
---@field set fun(self, values: number[]|lrrun.tensor): lrrun.tensor
---@field copy fun(self): lrrun.tensor
---@field dtype fun(self): string

---@class lrrun.batch
---@field n integer samples
---@field x lrrun.tensor
---@field y lrrun.tensor
---@field t? integer|table<string, integer> steps of sequences, of the longest; or of each input
---@field len? lrrun.tensor|table<string, lrrun.tensor> lengths of sequences; or of each input

---@class lrrun.data
---@field shape integer[] of one sample
---@field splits { train: integer, val: integer, test: integer } samples of each
---@field classes? integer
---@field targets? integer
---@field seq? boolean samples are sequences of varying length
---@field per_step? boolean a target at each step of a sample
---@field batch integer
---@field batches fun(self, split?: "train"|"val"|"test", epoch?: integer): fun(): lrrun.batch?

---@class lrrun.clock
---@field lr? number the base rate
---@field steps_per_epoch integer
---@field total_steps? integer

---@class lrrun.schedule
---@operator concat(lrrun.schedule): lrrun.schedule
---@operator mul(lrrun.schedule): lrrun.schedule
---@operator mul(number): lrrun.schedule
---@field at fun(self, t: integer, clock: lrrun.clock): number the rate of update t

---@class lrrun.node a value inside nn.graph
---@operator add(lrrun.node): lrrun.node
---@field shape fun(self): integer[]

---@class lrrun.model
---@field step fun(self, batch: lrrun.batch, loss: lrrun.loss, opts?: table): number, integer?
---@field evaluate fun(self, batch: lrrun.batch, loss?: lrrun.loss): number, integer?
---@field forward fun(self, x: lrrun.tensor, opts?: table): lrrun.tensor
---@field backward fun(self, gy: lrrun.tensor): lrrun.tensor?
---@field params fun(self): table<string, lrrun.tensor>
---@field buffers fun(self): table<string, lrrun.tensor>
---@field grads fun(self): table<string, lrrun.tensor>

---@class lrrun.layer
---@operator call(lrrun.node): lrrun.node
---@field build fun(self, shape: integer[]|lrrun.data, opts?: lrrun.nn.build.keys): lrrun.model

---@class lrrun.input a further input of nn.graph

---@class lrrun.loss_alone
---@field forward fun(self, x: lrrun.tensor, target: lrrun.tensor): number
---@field backward fun(self): lrrun.tensor

---@class lrrun.loss
---@field build fun(self, shape: integer[], opts?: { batch: integer }): lrrun.loss_alone

---@class lrrun.at_work an optimizer that is bound
---@field steps integer updates made
---@field lr number
---@field update fun(self, opts?: table): number?
---@field state fun(self): table
---@field load fun(self, state: table)

---@class lrrun.optimizer
---@field bind fun(self, target: lrrun.model|table<string, lrrun.tensor>): lrrun.at_work
]]

text.RESULT = [[
---@class lrrun.result
---@field run? string the run folder
---@field reason string
---@field epochs integer
---@field steps integer
---@field steps_per_epoch number
---@field seconds number
---@field params integer
---@field digest string
---@field weights "best"|"last"
---@field ranks? { count: integer, rows: integer }
---@field best? lrrun.figures
---@field last lrrun.figures
]]

text.TAIL = [[
---@class lrrun.run a trained run, for train.evaluate, train.predict and train.generate
---@field model lrrun.model its network

---@param nodes lrrun.node[] outputs to stand side by side
---@return lrrun.node
function nn.cat(nodes) end

tensor = {}
---@param shape integer[]
---@param values? number[]
---@param dtype? "real"|"i32"
---@return lrrun.tensor
function tensor.new(shape, values, dtype) end

---@param r lrrun.recipe
---@param opts? lrrun.train.fit.keys
---@return lrrun.result result
---@return lrrun.run run
function train.fit(r, opts) end
---@param r lrrun.recipe
---@param opts? lrrun.train.cross_validate.keys
---@return { k: integer, folds: lrrun.result[], mean: table, spread: table, reason: string }
function train.cross_validate(r, opts) end

---@param what lrrun.run|lrrun.result|lrrun.model|string what train.fit gave, a run folder, a model
---@param opts? lrrun.train.evaluate.keys
---@return %s
function train.evaluate(what, opts) end

---@param what lrrun.run|lrrun.result|string what train.fit gave, or a run folder
---@param opts lrrun.train.predict.keys
---@return table[]
function train.predict(what, opts) end

---@param what lrrun.run|lrrun.result|lrrun.model|string what train.fit gave, a run folder, a model
---@param opts lrrun.train.generate.keys|string
---@return { prompt: string, text: string, tokens: integer, ids: integer[], seconds: number,
--- tokens_per_second: number?, stopped_by: "tokens"|"stop"|"end" }
function train.generate(what, opts) end

---@param r lrrun.recipe
---@param opts? lrrun.train.range.keys
---@return { points: table[], suggestions: table<string, number>, suggestion: number }
function train.range(r, opts) end

---@param r lrrun.recipe
---@param opts? lrrun.train.advise.keys
---@return { suggestion: number, interval: table, expected: number, points: table[] }
function train.advise(r, opts) end

---@param r lrrun.recipe
---@param opts? lrrun.search.run.keys
---@return { best: table?, trials: table[] }
function search.run(r, opts) end

---@param keys lrrun.search.minimize.keys
---@return { best: table?, trials: table[] }
function search.minimize(keys) end

---@param keys lrrun.search.fixed.keys
---@param f fun(...): lrrun.recipe
---@return lrrun.recipe
function search.fixed(keys, f) end
]]

return text
