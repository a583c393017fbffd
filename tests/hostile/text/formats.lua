-- ends: words %%s
-- a message that is a format
error "%s%s%n%d%99999d"
