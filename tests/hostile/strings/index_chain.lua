-- ends: words .
return ("x").a.b
