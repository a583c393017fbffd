/* replay.c -- runs a fuzz target over files, where libFuzzer is not linked in.
**
** With libFuzzer: clang -g -fsanitize=fuzzer,address,undefined -Isrc tests/fuzz/fuzz_X.c
** and the sources it needs; then: a.out tests/fuzz/corpus/X. Without: add replay.c. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        long n = 0;
        uint8_t *data;
        if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (n = ftell(f)) < 0 ||
            fseek(f, 0, SEEK_SET) != 0 || (data = malloc((size_t)n + 1)) == NULL) {
            fprintf(stderr, "replay: cannot read %s\n", argv[i]);
            return 1;
        }
        n = (long)fread(data, 1, (size_t)n, f);
        fclose(f);
        (void)LLVMFuzzerTestOneInput(data, (size_t)n);
        free(data);
    }
    printf("%d passed, 0 failed\n", argc - 1);
    return 0;
}
