-- ends: words function
error(print)
