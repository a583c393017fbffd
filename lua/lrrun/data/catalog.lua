--- Data sets that lrrun knows by name: where they come from, what arrives, and where it
--- belongs. Nothing is downloaded; `lrrun data NAME` prints this.
--
-- A set: title, source (address), files = { { name, bytes, md5 or sha256 }, ... } as they
-- are published, folder (below the data folder), layout (what must be there), terms.
-- Layer: data.

local catalog = {}

catalog.order = { "digits", "mnist", "fashion_mnist", "cifar10", "imdb" }

catalog.digits = {
  title = "1,797 handwritten digits of 8 x 8 pixels, 10 classes",
  source = "https://archive.ics.uci.edu/dataset/80",
  files = {},
  layout = "built into the program",
  terms = "CC BY 4.0: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, "
    .. "UCI Machine Learning Repository, 1998",
}

catalog.mnist = {
  title = "70,000 handwritten digits of 28 x 28 pixels, 10 classes",
  source = "https://ossci-datasets.s3.amazonaws.com/mnist/",
  folder = "mnist",
  files = {
    { "train-images-idx3-ubyte.gz", 9912422, md5 = "f68b3c2dcbeaaa9fbdd348bbdeb94873" },
    { "train-labels-idx1-ubyte.gz", 28881, md5 = "d53e105ee54ea40749a09fcbcd1e9432" },
    { "t10k-images-idx3-ubyte.gz", 1648877, md5 = "9fb629c4189551a2d022fa330f9573f3" },
    { "t10k-labels-idx1-ubyte.gz", 4542, md5 = "ec29112dd5afa0611ce80d1b7f02629c" },
  },
  layout = "mnist/*-ubyte.gz, as they are or unpacked",
  terms = "CC BY-SA 3.0: Y. LeCun, C. Cortes and C. Burges",
}

catalog.fashion_mnist = {
  title = "70,000 pictures of clothes of 28 x 28 pixels, 10 classes",
  source = "https://github.com/zalandoresearch/fashion-mnist",
  folder = "fashion-mnist",
  files = {
    { "train-images-idx3-ubyte.gz", 26421880, md5 = "8d4fb7e6c68d591d4c3dfef9ec88bf0d" },
    { "train-labels-idx1-ubyte.gz", 29515, md5 = "25c81989df183df01b3e8a0aad5dffbe" },
    { "t10k-images-idx3-ubyte.gz", 4422102, md5 = "bef4ecab320f06d8554ea6380940ec79" },
    { "t10k-labels-idx1-ubyte.gz", 5148, md5 = "bb300cfdad3c16e7a12a480ee83cd310" },
  },
  layout = "fashion-mnist/*-ubyte.gz, as they are or unpacked",
  terms = "MIT: H. Xiao, K. Rasul and R. Vollgraf, Zalando SE, 2017",
}

catalog.cifar10 = {
  title = "60,000 colour pictures of 32 x 32 pixels, 10 classes",
  source = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
  folder = "cifar-10-batches-bin",
  files = {
    { "cifar-10-binary.tar.gz", 170052171, md5 = "c32a1d4ab5d03f1284b67883e8d87530" },
  },
  layout = "cifar-10-batches-bin/data_batch_1.bin to data_batch_5.bin and test_batch.bin",
  terms = "to be cited: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, "
    .. "2009",
}

catalog.imdb = {
  title = "50,000 film reviews, 2 classes",
  source = "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
  folder = "aclImdb",
  files = {
    { "aclImdb_v1.tar.gz", 84125825, md5 = "7c2ac02c03563afcf9b574c7e56c153a" },
  },
  layout = "aclImdb/train/pos, train/neg, test/pos and test/neg with a file for each review; "
    .. "or imdb_train.tsv and imdb_test.tsv with lines of label, rating, number, text",
  terms = "to be cited: A. Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011",
}

--- Where a set comes from, in one line: the first of its files, how many there are, the address.
--- `lrrun data NAME` has the rest (sizes, checksums, layout, terms).
---@param name string
---@return string
function catalog.brief(name)
  local set = catalog[name]
  local more = #set.files - 1
  return ("%s%s: %s"):format(set.files[1][1], more > 0 and (" and %d more"):format(more) or "",
    set.source)
end

return catalog
