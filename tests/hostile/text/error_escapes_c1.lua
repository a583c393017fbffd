-- ends: words .
error "\u{9b}2J\x9b\u{202e}"
