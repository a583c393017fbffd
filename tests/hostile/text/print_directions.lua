-- ends: itself
print "\u{202e}txt.exe \u{2066}a\u{2069} \u{200f} \u{61c} \u{feff} \u{200b}"
