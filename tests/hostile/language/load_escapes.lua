-- ends: itself
print(load [[return "\u{7FFFFFFF}"]] ~= nil, load [[return "\u{80000000}"]] == nil)
print(load [[return "\999"]] == nil, load [[return "\xZZ"]] == nil, load "return '\\z" == nil)
