-- ends: words line
-- looks like lrrun's own lines
error("\nlrrun: saved at step 7; to go on: lrrun resume /\n" .. ("line\n"):rep(100000))
