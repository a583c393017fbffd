-- ends: itself
-- characters of Unicode's invisible blocks
print "\u{e0041}\u{e007f} \u{fff9}\u{fffb} \u{2028}\u{2029} \u{1d173}"
