/* cpu.c -- see cpu.h. */
#define _GNU_SOURCE /* syscall */
#include "os/cpu.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/features.h"

static bool has_avx512(void)
{
    return LRR_HAS(AVX512F, "avx512f") && LRR_HAS(AVX512BW, "avx512bw") &&
           LRR_HAS(AVX512DQ, "avx512dq") && LRR_HAS(AVX512VL, "avx512vl");
}

static lrr_isa best_isa(void)
{
    if (has_avx512())
        return LRR_ISA_AVX512;
    if (LRR_HAS(AVX2, "avx2") && LRR_HAS(FMA, "fma"))
        return LRR_ISA_AVX2;
    return LRR_ISA_SSE2;
}

bool lrr_cpu_fuses(void)
{
    return best_isa() != LRR_ISA_SSE2;
}

static bool has_bf16(void)
{
    return has_avx512() && LRR_HAS(AVX512_BF16, "avx512bf16");
}

static bool has_amx(void)
{
#if __has_include(<sys/platform/x86.h>)
    return LRR_HAS(AMX_TILE, "") && LRR_HAS(AMX_BF16, "");
#else
    enum { BF16 = 22, TILE = 24 };
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> BF16 & 1) != 0 &&
           (d >> TILE & 1) != 0;
#endif
}

/* Linux gives the registers, which are 8 KiB, to whom asks for them (Documentation/arch/x86/xstate.rst);
** others are not asked. */
static bool grants_tiles(void)
{
#ifdef SYS_arch_prctl
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
    return false;
#endif
}

static bool find_tiles(void)
{
    return has_bf16() && has_amx() && grants_tiles();
}

static bool is_of(const char name[12])
{
    unsigned a, vendor[3] = { 0 };
    return __get_cpuid(0, &a, &vendor[0], &vendor[2], &vendor[1]) != 0 &&
           memcmp(vendor, name, sizeof vendor) == 0;
}

/* Measured, a core, multiplications and additions: a Xeon (Sapphire Rapids) 86 GFLOPS of vdpbf16ps
** and 175 of the fused multiply-add, an EPYC (Zen 4) some 200 and 128. */
static bool has_slow_dots(void)
{
    return is_of("GenuineIntel");
}

const char *lrr_cpu_coretype(void)
{
    /* SkylakeX needs no more than these; measured equal to Cooperlake's sgemm. AMD's
    ** AVX2 CPUs are left to OpenBLAS, which has a Zen of its own. */
    if (has_avx512())
        return "SkylakeX";
    if (best_isa() == LRR_ISA_AVX2 && !is_of("AuthenticAMD"))
        return "Haswell";
    return NULL;
}

const char *lrr_cpu_name(void)
{
    static char name[49];
    unsigned r[12];
    const char *s = name;
    if (name[0] == '\0') {
        for (unsigned i = 0; i < 3; i++)
            if (!__get_cpuid(0x80000002U + i, &r[4 * i], &r[4 * i + 1], &r[4 * i + 2],
                             &r[4 * i + 3]))
                return "unknown";
        memcpy(name, r, 48);
    }
    while (*s == ' ')
        s++;
    return *s != '\0' ? s : "unknown";
}
#else
static lrr_isa best_isa(void)
{
    return LRR_ISA_SSE2; /* the plain C version */
}

bool lrr_cpu_fuses(void)
{
    return false;
}

static bool has_bf16(void)
{
    return false;
}

static bool has_slow_dots(void)
{
    return false;
}

static bool find_tiles(void)
{
    return false;
}

const char *lrr_cpu_coretype(void)
{
    return NULL;
}

const char *lrr_cpu_name(void)
{
    return "unknown";
}
#endif

static const char *const isa_names[] = { "sse2", "avx2", "avx512" };

lrr_isa lrr_cpu_isa(void)
{
    static int isa = -1;
    if (isa < 0) {
        const char *wish = getenv("LRRUN_ISA");
        isa = (int)best_isa();
        for (int i = 0; wish != NULL && i < isa; i++)
            if (strcmp(wish, isa_names[i]) == 0)
                isa = i;
    }
    return (lrr_isa)isa;
}

bool lrr_cpu_has_dots(void)
{
    static int known = -1;
    if (known < 0) {
        const char *wish = getenv("LRRUN_ISA");
        known = has_bf16() && lrr_cpu_isa() == LRR_ISA_AVX512 &&
                (wish == NULL || strcmp(wish, "avx512") != 0);
    }
    return known == 1;
}

bool lrr_cpu_dots(void)
{
    static int known = -1;
    if (known < 0)
        known = lrr_cpu_has_dots() && !has_slow_dots();
    return known == 1;
}

bool lrr_cpu_has_tiles(void)
{
    static int known = -1;
    if (known < 0)
        known = find_tiles();
    return known == 1;
}

bool lrr_cpu_tiles(void)
{
    return lrr_cpu_has_dots() && lrr_cpu_has_tiles();
}

const char *lrr_cpu_isa_name(void)
{
    return isa_names[lrr_cpu_isa()];
}
