/* build.c -- see build.h. */
#define _GNU_SOURCE
#include "os/build.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ID_BYTES = 20 };

static char id[2 * ID_BYTES + 1];

static size_t round4(size_t n)
{
    return (n + 3) / 4 * 4;
}

/* The note named GNU of type build id among the notes in [at, end). */
static void read_notes(const unsigned char *at, const unsigned char *end)
{
    while ((size_t)(end - at) > sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        const unsigned char *name, *desc;
        memcpy(&note, at, sizeof note);
        name = at + sizeof note;
        desc = name + round4(note.n_namesz);
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(name, "GNU", 4) == 0) {
            for (size_t i = 0; i < note.n_descsz && i < ID_BYTES; i++)
                snprintf(id + 2 * i, 3, "%02x", desc[i]);
            return;
        }
        at = desc + round4(note.n_descsz);
    }
}

/* The first object is the program itself: it ends the search. */
static int read_object(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        const uintptr_t at = (uintptr_t)info->dlpi_addr + (uintptr_t)h->p_vaddr;
        const unsigned char *p;
        if (h->p_type != PT_NOTE || id[0] != '\0')
            continue;
        p = (const unsigned char *)at; /* the loader's addresses are numbers */
        read_notes(p, p + h->p_memsz);
    }
    return 1;
}

const char *lrr_build_id(void)
{
    if (id[0] == '\0')
        dl_iterate_phdr(read_object, NULL);
    return id;
}
