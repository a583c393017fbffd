--- What PyTorch, Keras, scikit-learn, fastai, JAX with optax and others call things, and what that
--- is here: the one table of it. Messages on unknown names, keys, verbs and metrics ask it, so that
--- who comes from there is led on. Layer: util.

local words = {}

--- Key there -> key here, wherever that is taken.
words.keys = {
  learning_rate = "lr", learning_rate_init = "lr", eta = "lr", eta0 = "lr",
  batch_size = "batch", bs = "batch", minibatch_size = "batch", train_batch_size = "batch",
  num_epochs = "epochs", n_epochs = "epochs", nb_epoch = "epochs", max_epochs = "epochs",
  num_train_epochs = "epochs", max_steps = "steps", total_steps = "steps", max_iter = "epochs",
  decay = "weight_decay", wd = "weight_decay", l2 = "weight_decay", weight_decay_rate =
  "weight_decay", kernel_regularizer = "weight_decay", epsilon = "eps", rho_decay = "rho",
  validation_split = "val", valid_pct = "val", validation_fraction = "val", test_size = "test",
  validation_data = "val", random_state = "seed", random_seed = "seed", manual_seed = "seed",
  lr_scheduler = "schedule", scheduler = "schedule", lr_schedule = "schedule", sched = "schedule",
  criterion = "loss", loss_fn = "loss", loss_func = "loss", loss_function = "loss",
  network = "model", net = "model", architecture = "model", layers = "model", opt = "optimizer",
  opt_func = "optimizer", solver = "optimizer", optim = "optimizer", dataset = "data",
  train_data = "data", dls = "data", dataloader = "data", train_loader = "data",
  gradient_accumulation_steps = "accumulate", accumulate_grad_batches = "accumulate",
  grad_clip = "clip", clipnorm = "clip", max_grad_norm = "clip", gradient_clip_val = "clip",
  max_norm = "norm", callbacks = "on", pretrained = "init", checkpoint_path = "init",
  load_weights = "init", kernel_size = "kernel", strides = "stride", filters = "channels",
  out_channels = "channels", out_features = "units", num_units = "units", hidden_size = "units",
  n_units = "units", p = "rate", dropout_rate = "rate", use_bias = "bias", num_layers = "layers",
  return_sequences = "sequences", batch_first = "sequences", num_embeddings = "vocab",
  input_dim = "vocab", embedding_dim = "units", output_dim = "units", padding_idx = "padding",
  num_heads = "heads", n_head = "heads", nhead = "heads", is_causal = "causal",
  negative_slope = "slope", T_max = "length", t_max = "length", decay_steps = "length",
  eta_min = "min", min_lr = "min", max_lr = "max", step_size = "every", gamma = "factor",
  milestones = "at", decay_rate = "rate", drop_last_batch = "drop_last", class_weight =
  "class_weights", weight = "class_weights", min_lr_factor = "min", warmup_steps = "warmup",
  num_warmup_steps = "warmup", pct_start = "warmup", div_factor = "div", final_div_factor =
  "final_div", anneal_strategy = "anneal", restore_best_weights = "restore_best",
  early_stopping_patience = "patience", n_iter_no_change = "patience", tol = "min_delta",
  min_improvement = "min_delta",
}

--- Key there -> what is written here, or "leave it out" and why, where no key means the same.
words.ways = {
  activation = "a layer of its own behind this one, as nn.relu()",
  early_stopping = "stop = stop.early { monitor = \"val_loss\", patience = 5 } of recipe",
  in_features = "leave it out: what goes in follows from the data",
  in_channels = "leave it out: what goes in follows from the data",
  input_shape = "leave it out: what goes in follows from the data",
  input_size = "leave it out: what goes in follows from the data",
  device = "leave it out: lrrun computes on CPUs, with --threads N of them",
  num_workers = "leave it out: data are read ahead by themselves; --threads N computes",
  n_jobs = "--threads N of the command line, --jobs N of lrrun search",
  pin_memory = "leave it out: data are in memory",
  verbose = "--quiet of the command line, or log = 10*steps of recipe",
  logger = "metrics = { \"tensorboard\" } of recipe, beside the run folder",
  log_every_n_steps = "log = 10*steps of recipe",
  fp16 = 'precision = "bf16", or nothing: numbers have 32 bits then',
  amp = 'precision = "bf16", or nothing: numbers have 32 bits then',
  transform = "augment = { flip = true, crop = 4 } and resize of data",
  transforms = "augment = { flip = true, crop = 4 } and resize of data",
  hidden_layer_sizes = "model = nn.sequential { nn.linear(64), nn.relu(), nn.linear(10) }",
  params = "leave it out: all parameters train, but those of freeze",
  beta_1 = "betas = { 0.9, 0.999 }", beta1 = "betas = { 0.9, 0.999 }",
  beta_2 = "betas = { 0.9, 0.999 }", beta2 = "betas = { 0.9, 0.999 }",
  b1 = "betas = { 0.9, 0.999 }", b2 = "betas = { 0.9, 0.999 }",
  last_epoch = "leave it out: lrrun resume goes on where a run stopped",
  T_0 = "length = 10*epochs", T_mult = "mult",
}

--- Name there -> what is written here: globals and names of modules alike.
words.names = {
  Dense = "nn.linear(64)", Linear = "nn.linear(64)", Conv1d = "nn.conv1d { 32, kernel = 3 }",
  Conv1D = "nn.conv1d { 32, kernel = 3 }", Conv2d = "nn.conv2d { 32, kernel = 3 }",
  Conv2D = "nn.conv2d { 32, kernel = 3 }", Conv = "nn.conv2d { 32, kernel = 3 }",
  MaxPool2d = "nn.maxpool2d(2)", MaxPooling2D = "nn.maxpool2d(2)", AvgPool2d = "nn.avgpool2d(2)",
  AveragePooling2D = "nn.avgpool2d(2)", GlobalAveragePooling2D = "nn.global_avgpool()",
  AdaptiveAvgPool1d = "nn.global_avgpool()", AdaptiveMaxPool1d = "nn.global_maxpool()",
  AdaptiveAvgPool2d = "nn.global_avgpool()", AdaptiveMaxPool2d = "nn.global_maxpool()",
  GlobalAveragePooling1D = "nn.global_avgpool()", GlobalAvgPool2D = "nn.global_avgpool()",
  GlobalMaxPooling1D = "nn.global_maxpool()", GlobalMaxPooling2D = "nn.global_maxpool()",
  GlobalMaxPool2D = "nn.global_maxpool()", SpatialDropout1D =
  "nn.dropout { 0.5, spatial = true }", SpatialDropout2D = "nn.dropout { 0.5, spatial = true }",
  Bidirectional = "nn.lstm { 64, bidirectional = true }", PositionalEncoding = "nn.positions()",
  TimeDistributed = "the layer itself: nn.linear goes over every step", Identity =
  "leave it out", Input = "leave it out: what goes in follows from the data", InputLayer =
  "leave it out: what goes in follows from the data", LogSoftmax =
  "leave it out: nn.cross_entropy takes outputs without a softmax",
  BatchNorm1d = "nn.batchnorm()", BatchNorm2d = "nn.batchnorm()",
  BatchNormalization = "nn.batchnorm()", BatchNorm = "nn.batchnorm()",
  LayerNorm = "nn.layernorm()", LayerNormalization = "nn.layernorm()",
  GroupNorm = "nn.groupnorm(8)", RMSNorm = "nn.rmsnorm()", Dropout = "nn.dropout(0.5)",
  Dropout2d = "nn.dropout { 0.5, spatial = true }", Flatten = "nn.flatten()",
  Embedding = "nn.embedding(64)", Embed = "nn.embedding(64)", LSTM = "nn.lstm(64)",
  GRU = "nn.gru(64)", RNN = "nn.rnn(64)", SimpleRNN = "nn.rnn(64)",
  MultiheadAttention = "nn.attention(4)", MultiHeadAttention = "nn.attention(4)",
  MultiHeadDotProductAttention = "nn.attention(4)",
  TransformerEncoderLayer = "nn.transformer { 1, heads = 4 }",
  TransformerEncoder = "nn.transformer { 4, heads = 4 }", ReLU = "nn.relu()",
  LeakyReLU = "nn.leaky_relu()", Sigmoid = "nn.sigmoid()", Tanh = "nn.tanh()",
  GELU = "nn.gelu()", SiLU = "nn.silu()", swish = "nn.silu()", Swish = "nn.silu()",
  ELU = "nn.elu()", SELU = "nn.selu()", Softmax = "nn.softmax()", Softplus = "nn.softplus()",
  Activation = "nn.relu()", Sequential = "nn.sequential { ... }",
  ModuleList = "nn.sequential { ... }", Module = "nn.sequential { ... }", Model = "recipe { ... }",
  Add = "nn.residual { ... }", Concatenate = "nn.concat { ... }", Reshape = "nn.reshape { ... }",
  CrossEntropyLoss = "nn.cross_entropy()", CrossEntropyLossFlat = "nn.cross_entropy()",
  NLLLoss = "nn.cross_entropy(), which takes outputs without a softmax",
  CategoricalCrossentropy = "nn.cross_entropy()",
  SparseCategoricalCrossentropy = "nn.cross_entropy()", categorical_crossentropy =
  "nn.cross_entropy()", sparse_categorical_crossentropy = "nn.cross_entropy()",
  softmax_cross_entropy = "nn.cross_entropy()", BCELoss = "nn.bce(), without a sigmoid before it",
  BCEWithLogitsLoss = "nn.bce()", binary_crossentropy = "nn.bce()",
  BinaryCrossentropy = "nn.bce()", sigmoid_binary_cross_entropy = "nn.bce()",
  MSELoss = "nn.mse()", MeanSquaredError = "nn.mse()", mean_squared_error = "nn.mse()",
  L1Loss = "nn.l1()", MeanAbsoluteError = "nn.l1()", mean_absolute_error = "nn.l1()",
  SmoothL1Loss = "nn.huber()", HuberLoss = "nn.huber()", Huber = "nn.huber()",
  FocalLoss = "nn.focal()", Adam = "optim.adam { lr = 1e-3 }", AdamW = "optim.adamw { lr = 1e-3 }",
  SGD = "optim.sgd { lr = 0.1, momentum = 0.9 }", RMSprop = "optim.rmsprop {}",
  RMSProp = "optim.rmsprop {}", Adagrad = "optim.adagrad {}", Adadelta = "optim.adadelta {}",
  NAdam = "optim.nadam {}", RAdam = "optim.radam {}", Adamax = "optim.adamax {}",
  LBFGS = "optim.lbfgs {}", Lion = "optim.lion {}", Lamb = "optim.lamb {}",
  StepLR = "schedule.step { factor = 0.1, every = 30*epochs }",
  MultiStepLR = "schedule.multistep { at = { 30, 60 }, factor = 0.1 }",
  ExponentialLR = "schedule.exponential { rate = 0.95 }",
  ExponentialDecay = "schedule.exponential { rate = 0.95 }",
  exponential_decay = "schedule.exponential { rate = 0.95 }",
  CosineAnnealingLR = "schedule.cosine {}", CosineDecay = "schedule.cosine {}",
  cosine_decay_schedule = "schedule.cosine {}", CosineAnnealingWarmRestarts =
  "schedule.cosine_restarts { length = 10*epochs }", warmup_cosine_decay_schedule =
  "schedule.warmup(5*percent) .. schedule.cosine {}", LinearLR = "schedule.linear {}",
  get_cosine_schedule_with_warmup = "schedule.warmup(5*percent) .. schedule.cosine {}",
  get_linear_schedule_with_warmup = "schedule.warmup(5*percent) .. schedule.linear {}",
  get_constant_schedule_with_warmup = "schedule.warmup(5*percent) .. schedule.constant {}",
  PiecewiseConstantDecay = "schedule.multistep { at = { 30, 60 }, factor = 0.1 }",
  piecewise_constant_schedule = "schedule.multistep { at = { 30, 60 }, factor = 0.1 }",
  InverseTimeDecay = "schedule.inverse_time {}", linear_schedule = "schedule.linear {}",
  PolynomialLR = "schedule.polynomial {}",
  PolynomialDecay = "schedule.polynomial {}", OneCycleLR = "schedule.one_cycle {}",
  fit_one_cycle = "schedule = schedule.one_cycle {}", CyclicLR = "schedule.cyclic {}",
  ReduceLROnPlateau = "schedule.plateau {}", LambdaLR = "schedule.fn(function(t) ... end)",
  LearningRateScheduler = "schedule.fn(function(t) ... end)", SequentialLR =
  "schedule.warmup(5*epochs) .. schedule.cosine {}", ConstantLR = "schedule.constant {}",
  EarlyStopping = "stop.early { monitor = \"val_loss\", patience = 5 }",
  EarlyStoppingCallback = "stop.early { monitor = \"val_loss\", patience = 5 }",
  ModelCheckpoint = "checkpoint = { every = 1*epochs } of recipe",
  TensorBoard = "metrics = { \"tensorboard\" } of recipe",
  SummaryWriter = "metrics = { \"tensorboard\" } of recipe",
  DataLoader = "data.csv { ... } (or another of data), which has batch, shuffle and val",
  Dataset = "data.csv { ... } (or another of data)", TensorDataset = "data.table { ... }",
  ImageFolder = "data.images { \"folder\" }", ImageDataLoaders = "data.images { \"folder\" }",
  read_csv = "data.csv { \"file.csv\", target = \"column\" }",
  TabularDataLoaders = "data.csv { \"file.csv\", target = \"column\" }",
  load_digits = "data.digits {}", MNIST = "data.mnist {}", CIFAR10 = "data.cifar10 {}",
  FashionMNIST = "data.fashion_mnist {}", train_test_split = "val = 0.2 and test = 0.2 of data",
  StandardScaler = "normalize = true of data, which it is without it",
  GridSearchCV = "lrrun search RECIPE --strategy grid", Trainer = "recipe { ... }",
  Learner = "recipe { ... }", MLPClassifier = "recipe { ... }", MLPRegressor = "recipe { ... }",
  lr_find = "lrrun range RECIPE, or lrrun advise RECIPE", compile = "recipe { ... }",
  fit = "return recipe { ... } and lrrun RECIPE, or train.fit(r)", kfold = "train.cross_validate",
  KFold = "train.cross_validate(r, { k_fold = 5 })", cross_val_score =
  "train.cross_validate(r, { k_fold = 5 })", torch = "nn, optim, data and schedule, without an "
    .. "import", keras = "nn, optim, data and schedule, without an import", tf = "nn, optim, data "
    .. "and schedule, without an import", np = "Lua's own numbers and tables, and tensor.new",
  numpy = "Lua's own numbers and tables, and tensor.new", pd = "data.csv { ... }",
  True = "true", False = "false", None = "nil", len = "#list", elif = "elseif", self =
  "a local variable", range = "for i = 1, 3 do ... end; a range test is train.range(r)",
}

--- What other programs call a verb -> the verb.
words.verbs = {
  train = "run", fit = "run", start = "run", test = "eval", evaluate = "eval", validate = "eval",
  score = "eval", tune = "search", sweep = "search", optimize = "search", hpo = "search",
  infer = "predict", inference = "predict", classify = "predict", summary = "plan",
  describe = "plan", new = "init", create = "init", lr_find = "range", ["lr-find"] = "range",
  finder = "range", sample = "generate", list = "runs", ls = "runs", history = "runs",
  info = "report", plot = "report", show = "report", reproduce = "replay", dataset = "data",
  datasets = "data", man = "help",
}

--- What other programs call a metric -> its name here, of a split where it says none.
words.metrics = {
  acc = "val_accuracy", accuracy = "val_accuracy", val_acc = "val_accuracy", train_acc =
  "train_accuracy", valid_acc = "val_accuracy", valid_accuracy = "val_accuracy",
  val_categorical_accuracy = "val_accuracy", val_sparse_categorical_accuracy = "val_accuracy",
  val_binary_accuracy = "val_accuracy", loss = "val_loss", valid_loss = "val_loss",
  validation_loss = "val_loss", eval_loss = "val_loss", test_loss = "val_loss", val_mse =
  "val_loss", val_mean_squared_error = "val_loss", error_rate = "val_accuracy", val_error =
  "val_accuracy", f1 = "val_f1", f1_score = "val_f1", val_f1_score = "val_f1", roc_auc = "val_auc",
  val_roc_auc = "val_auc", auc = "val_auc", val_auroc = "val_auc", mae = "val_mae",
  val_mean_absolute_error = "val_mae", r2_score = "val_r2", r2 = "val_r2", perplexity =
  "val_perplexity", ppl = "val_perplexity", bpb = "val_bits_per_byte", learning_rate = "lr",
  val_top_5_accuracy = "val_top5", top5 = "val_top5", balanced_accuracy = "val_balanced_accuracy",
}

local function told(here)
  return here and (here:find "^leave" and "; " or "; here that is ") .. here or ""
end

--- "; here that is nn.linear(64)" for a name of elsewhere, else "".
---@param name any
---@return string
function words.hint(name)
  return told(type(name) == "string" and words.names[name])
end

local function plain(name)
  return (name:lower():gsub("_", ""))
end

--- The same for a name written otherwise: `dense`, `global_average_pooling_2d`.
---@param name any
---@return string
function words.loose_hint(name)
  local found -- of names that are the same so, the first in their order
  for there in pairs(words.names) do
    if type(name) == "string" and plain(there) == plain(name) and (not found or there < found) then
      found = there
    end
  end
  return told(found and words.names[found])
end

--- "; did you mean 'val_accuracy'?" for a metric of elsewhere that is among `names` here (all
--- without), else "".
---@param name string
---@param names string[]?
---@return string
function words.metric_hint(name, names)
  local here, there = words.metrics[name], names == nil
  for _, one in ipairs(names or {}) do
    there = there or one == here
  end
  return here and there and ("; did you mean '%s'?"):format(here) or ""
end

return words
