-- The published data sets, where they are: LRRUN_DATA, or shared/data beside the repository.
local catalog = require "lrrun.data.catalog"
local data = require "lrrun.data"
local file = require "lrrun.native.file"
local files = require "support.files"
local sys = require "lrrun.native.sys"

local function folder_with(name)
  for _, folder in ipairs { sys.env "LRRUN_DATA" or "", "../shared/data", "../shared" } do
    if folder ~= "" and file.kind(folder .. "/" .. name) then
      return folder
    end
  end
  return nil
end

describe("published data", function()
  local function with(name, sentence, f)
    local folder = folder_with(name)
    it(sentence, function()
      if not folder then
        pending(name .. " is not here (LRRUN_DATA)")
        return
      end
      f({ seed = 1, data_dir = folder, recipe_dir = "/", threads = 2 })
    end)
  end

  with("cifar-10-batches-bin", "CIFAR-10 has its 60,000 images", function(ctx)
    local d = data.cifar10({ val = "test" }):open(ctx)
    assert.same({ train = 50000, val = 10000, test = 10000 }, d.splits)
    assert.same({ 3, 32, 32 }, d.shape)
    local means, scales = d.native:scale()
    assert.near(0.4914 * 255, means[1], 0.05)
    assert.near(0.4465 * 255, means[3], 0.05)
    assert.near(1 / (0.2470 * 255), scales[1], 1e-4)
  end)

  with("fashion-mnist", "Fashion-MNIST has its 70,000 images", function(ctx)
    local d = data.fashion_mnist({ val = 0.1 }):open(ctx)
    assert.same({ train = 54000, val = 6000, test = 10000 }, d.splits)
    assert.equal("ankle boot", d.class_names[10])
  end)

  with("aclImdb", "IMDB has its 50,000 reviews", function(ctx)
    local d = data.imdb({ val = 0.2 }):open(ctx)
    assert.same({ train = 20000, val = 5000, test = 25000 }, d.splits)
    assert.equal(20000, d.vocab)
    assert.same({ "neg", "pos" }, d.class_names)
    assert.equal("the", d:vocabulary()[1])
  end)

  with("small", "the small tables load as they are", function(ctx)
    local cases = {
      { { "iris.csv" }, 150, 4, 3 }, { { "wine.csv" }, 178, 13, 3 },
      { { "breast_cancer_f32.csv" }, 569, 30, 2 }, { { "diabetes_f32.csv" }, 442, 10, nil },
      { { "california_housing.csv", target = "median_house_value" }, 20640, 13, nil },
    }
    for _, case in ipairs(cases) do
      local d = data.csv(case[1]):open(ctx)
      assert.same({ case[2], { case[3] }, case[4] }, { d.splits.train, d.shape, d.classes })
    end
    local sms = data.text({ "sms.tsv" }):open(ctx)
    assert.same({ 5574, { "ham", "spam" } }, { sms.n, sms.class_names })
    assert.equal(29, data.text({ "names.txt", tokens = "chars", context = 3 }):open(ctx).classes)
  end)

  with("digits", "the digits that are built in are those of the file", function(ctx)
    local built_in = data.digits({ normalize = false }):open(ctx)
    local read = data.csv({ "digits.csv", normalize = false }):open(ctx)
    local a = built_in:loader({ batch = 1797, shuffle = false }):next()
    local b = read:loader({ batch = 1797, shuffle = false }):next()
    assert.same(a.y:values(), b.y:values())
    local x, y = a.x:values(), b.x:values()
    for i = 1, #x do
      assert(x[i] * 16 == y[i], "pixel " .. i)
    end
  end)
end)

describe("the catalog", function()
  it("says address, size, checksum and layout of every set", function()
    for _, name in ipairs(catalog.order) do
      local set = catalog[name]
      assert.truthy(set.title and set.source and set.terms and set.layout)
      if set.folder then
        assert.truthy(catalog.brief(name):find(set.source, 1, true))
      end
      for _, item in ipairs(set.folder and set.files or {}) do
        assert.truthy(item[2] > 0 and (item.md5 or item.sha256))
      end
      assert.truthy(data[name])
    end
  end)

  it("is what an error about missing files shows", function()
    for _, name in ipairs { "mnist", "fashion_mnist", "cifar10", "imdb" } do
      local why = files.failure(function()
        data[name]({}):open { recipe_dir = "/", data_dir = "/nowhere" }
      end)
      assert.truthy(why:find("/nowhere", 1, true))
      assert.truthy(why:find(catalog[name].source, 1, true))
      assert.truthy(why:find(catalog[name].files[1][1], 1, true))
      assert.truthy(why:find("(lrrun data " .. name .. ": ", 1, true))
      assert.is_nil(why:find "\\n" or why:find "\n", why)
      assert.is_true(#why < 420, why)
    end
  end)
end)
