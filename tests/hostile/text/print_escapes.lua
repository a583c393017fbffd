-- ends: itself
print "\27]0;title\7\27[2J\27[31mred\8\8\r\0\127"
