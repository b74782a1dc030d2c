/* Bounces of e-mail: the mailboxes in which they land (mail.bounces), read by IMAP beside the loop that sends, which
 * they never hold up.
 *
 * A round: look for what is unseen; flag it, because reading it makes it seen; read it; keep the receipts in a
 * transaction of the loop; and only then mark it as seen, without the flag. Whatever ends a round, what was not kept is
 * found again; what is read twice is one receipt. Several instances may read one mailbox. */
#pragma once

#include "common/pg/pg.h"
#include "notice_tenants.h"

struct mailboxes;

struct mailboxes *mailboxes_new(void);
void mailboxes_free(struct mailboxes *m); /* rounds under way end where they are */
/* Moves on what is under way, without waiting; begins rounds that are due, if it may. */
void mailboxes_step(struct mailboxes *m, const struct notice_tenants *tenants, bool may_begin);
/* In the caller's transaction: receipts that have been read. */
int mailboxes_save(struct mailboxes *m, struct pg_conn *pg, struct arena *a, int64_t now_us);
/* It was committed: their mails are marked. */
void mailboxes_saved(struct mailboxes *m);
