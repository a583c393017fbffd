/* internal.h -- the inside of ranks.c, for the files of dist/ alone. */
#ifndef LRR_DIST_INTERNAL_H
#define LRR_DIST_INTERNAL_H

#include "dist/mailbox.h"

lrr_mailbox *lrr__ranks_box(void);

/* Asks the carrier for what stands in the mailbox, and waits until it is done. */
void lrr__ranks_ask(lrr_mail_kind kind);

#endif
