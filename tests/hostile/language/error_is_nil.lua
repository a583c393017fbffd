-- ends: words nil | words error
error(nil)
