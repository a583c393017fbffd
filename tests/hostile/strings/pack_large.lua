-- ends: words . | limit --lua-memory
string.pack("c2147483647", "x")
