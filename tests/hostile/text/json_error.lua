-- ends: words .
-- run: RECIPE --json
error "\27[2J\"}"
