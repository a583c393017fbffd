--- What a text costs in bits for each of its bytes, whatever its tokens are.

local LN2 = math.log(2)

return {
  name = "bits_per_byte",
  doc = "Bits for each byte of the text that is predicted: loss / ln 2 times the split's tokens "
    .. "for each of its bytes; comparable between kinds of tokens, as perplexity is not.",
  label = "bits per byte",
  short = "bpb",
  mode = "min",
  splits = true,
  needs = { "next", "text_bytes" },
  of = function(sums)
    return sums.loss / sums.weight / LN2 * sums.text_tokens / sums.text_bytes
  end,
  format = "%.4f",
}
