-- ends: words dump
string.dump(function() end)
