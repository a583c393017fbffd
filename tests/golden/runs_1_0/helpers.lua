return { classes = 10 }
