-- ends: words index
load("return print", "c", "t", false)()
