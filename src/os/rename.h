/*
** rename.h -- giving a file a name that nothing has yet.
*/
#ifndef LRR_OS_RENAME_H
#define LRR_OS_RENAME_H

/* Renames a file unless anything has the new name, also a link that leads nowhere: then errno
** is EEXIST. 0, or -1 with errno. Not every file system (NFS) can do that in one call: there
** the file gets the new name by link(2), which fails where there is one, and then loses the
** old. EINVAL: the file system can neither, or it is a folder on such a one. */
int lrr_rename_new(int from_at, const char *from, int to_at, const char *to);

/* The second way alone. */
int lrr_rename_by_link(int from_at, const char *from, int to_at, const char *to);

#endif
