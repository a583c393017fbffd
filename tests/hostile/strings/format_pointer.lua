-- ends: words addresses
print(string.format("%5p", print))
