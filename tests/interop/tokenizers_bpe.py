#!/usr/bin/env python3
"""tokenizer.json of a run reads in Hugging Face's `tokenizers` and gives the ids that lrrun gives,
and the same text back.

Usage: python3 tests/interop/tokenizers_bpe.py [lrrun [texts [seed]]]"""

import json
import os
import random
import subprocess
import sys
import tempfile

try:
    from tokenizers import Tokenizer
except ImportError:
    print("skipped: the package tokenizers is not here")
    sys.exit(0)

RECIPE = """
local d = data.text { "t.txt", task = "lm", context = 8, tokens = "TOKENS", MORE }
return recipe { name = "t", data = d, model = nn.sequential { nn.embedding(2), nn.linear(d.vocab) },
  loss = nn.cross_entropy(), optimizer = optim.sgd { lr = 0.1 }, steps = 1 }
"""

IDS = """
local json = require "lrrun.record.json"
local f = assert(io.open(arg[1] .. "/data.json"))
local kept = json.decode(f:read "a").tokenizer
local t = require("lrrun.data.tokenizer").recall(kept)
local out = json.array {}
for i, text in ipairs(json.decode(assert(io.open(arg[2])):read "a")) do
  local ids = t:encode(text)
  assert(t:decode(ids) == text)
  out[i] = json.array(ids)
end
print(json.encode(out))
"""

WORDS = ["the", "The", "cat's", "don't", "we'll", "I'm", "'tis", "''", "a", "aaaa", "2024", "3.14",
         "naïve", "Über", "日本語", "🙂🙃", "x_y", "--", "...", "(", ")", "\t", "\n", "\n\n", "  ", "   ",
         "\r\n", "\u00a0", "\u0085", "e\u0301", "'re", "'RE", "<br />", "0", "\x0b", "\x0c", "\x00",
         "\x1c", "\u2028", "'"]


def text_of(pick, length):
    return "".join(pick.choice(WORDS) + pick.choice(["", " ", " ", "  "]) for _ in range(length))


def run(folder, *words):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("%s\n%s%s" % (" ".join(words), done.stdout, done.stderr))
    return done.stdout


def check(lrrun, tokens, more, texts, pick):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/t.txt", "w", encoding="utf-8", newline="") as out:
            out.write(text_of(pick, 4000))
        with open(folder + "/r.lua", "w", encoding="utf-8") as out:
            out.write(RECIPE.replace("TOKENS", tokens).replace("MORE", more))
        with open(folder + "/ids.lua", "w", encoding="utf-8") as out:
            out.write(IDS)
        with open(folder + "/texts.json", "w", encoding="utf-8") as out:
            json.dump(texts, out)
        run(folder, lrrun, "r.lua", "--quiet", "--out", "o")
        ids = json.loads(run(folder, lrrun, "--trusted", "ids.lua", "o/t-1", "texts.json"))
        theirs = Tokenizer.from_file(folder + "/o/t-1/tokenizer.json")
        for text, own in zip(texts, ids):
            got = theirs.encode(text, add_special_tokens=False).ids
            if got != own:
                sys.exit("%s: %r: lrrun %s, tokenizers %s" % (tokens, text, own, got))
            if theirs.decode(got, skip_special_tokens=False) != text:
                sys.exit("%s: %r does not come back" % (tokens, text))
        if "document" in more and theirs.token_to_id("<|endoftext|>") != theirs.get_vocab_size() - 1:
            sys.exit("%s: the end of a document is not the last id" % tokens)


def main():
    lrrun = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/lrrun")
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    pick = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    texts = [text_of(pick, pick.randrange(1, 60)) for _ in range(count)]
    check(lrrun, "bpe", "vocab = 400", texts, pick)
    check(lrrun, "bpe", "vocab = 390, document = '\\n'", texts, pick)
    check(lrrun, "bytes", "", texts, pick)
    print("%d texts have the same ids in tokenizers, in 3 vocabularies" % count)


main()
