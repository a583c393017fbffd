-- ends: itself
-- one byte and two bytes of the same control
print "\u{9b}31m \u{90}q \x9b31m \u{85}"
