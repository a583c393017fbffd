-- ends: words large | limit --lua-memory
("").rep("", 1 << 50, "ab")
