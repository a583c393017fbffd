/*
** probe.h -- what the loss is like around the weights of a session: its largest curvature,
** how close to instability the optimizer is there, and how noisy its gradient.
**
** The loss is that of training, of the first batches of the loader's epoch 0, which stay the
** same along a run: with the session's dropout of the update to come, batchnorm by each
** batch's own statistics, which move with the weights, and without weight decay. The weights
** are those that train, or what an optimizer evaluates in their place (optim/phases.h), and
** come back to the bit; nothing else of the session changes.
**
** Curvature: products with the Hessian are central differences of gradients, with the branches
** of all operators held (graph/branches.h). A third of a product's time is the batch at the
** weights themselves, whose branches are kept.
**
** Ownership: session and loaders are the caller's and outlive it. Threads: the session's.
*/
#ifndef LRR_TRAIN_PROBE_H
#define LRR_TRAIN_PROBE_H

#include "optim/gain.h"
#include "train/session.h"

typedef struct lrr_probe_cfg {
    lrr_session *session;
    lrr_loader *loader; /* of the training split: as its own, but for this */
    size_t batches;     /* the first so many; at least 1, at most those of an epoch */
    size_t steps;       /* products at most, for each eigenvalue */
    bool (*stops)(
        void); /* asked before each batch; true: it is not to be gone on with */
} lrr_probe_cfg;

typedef struct lrr_probe lrr_probe;

/* Errors: ENOMEM; EINVAL (the loader does not fit; no such number of batches; an operator that
** knows of no branches). */
lrr_status lrr_probe_new(const lrr_probe_cfg *cfg, lrr_probe **out, lrr_error *err);
void lrr_probe_free(lrr_probe *p);

typedef enum lrr_probe_kind {
    LRR_PROBE_SHARPNESS, /* the largest eigenvalue of the Hessian H */
    LRR_PROBE_LIMIT      /* of D H D: see gain.h; only after kind EACH or UNIFORM */
} lrr_probe_kind;

/* From now on lrr_probe_step measures that, with the session as it is. Errors: ENOMEM (the
** network was planned again). */
lrr_status lrr_probe_begin(lrr_probe *p, lrr_probe_kind kind, lrr_error *err);

/* Bytes that it takes, loaders apart. */
size_t lrr_probe_bytes(const lrr_probe *p);

/* One product. False: there are no more. Does not allocate and cannot fail. */
bool lrr_probe_step(lrr_probe *p);

/* Whether cfg.stops has ended the last product or measurement of noise: what was found then is of
** no use. The session is as it was. */
bool lrr_probe_stopped(const lrr_probe *p);

/* What was found. */
typedef struct lrr_probe_found {
    double value;   /* the largest eigenvalue; NaN where a gradient is not finite */
    double error;   /* of it: by the iteration, and by differences and rounding */
    double loss;    /* mean over the batches */
    double samples; /* in them */
    size_t products;
    double
        unseen; /* LIMIT: share of the eigenvector in weights that hardly had a gradient */
    bool settled; /* error is at most a hundredth of the value */
} lrr_probe_found;
lrr_probe_found lrr_probe_result(const lrr_probe *p);

/* What the optimizer does with a gradient now (lrr_optim_gain). */
lrr_gain lrr_probe_gain(lrr_probe *p);

/* Gradient noise, of `n` batches of `loader`, the first ones of epoch 0 and of equal size.
** Source: McCandlish et al., "An empirical model of large-batch training", arXiv 1812.06162,
** appendix A.1: b samples in one, B = n b in all, g_b and g_B their gradients. */
typedef struct lrr_probe_noise {
    double signal; /* |G|^2 = (B |g_B|^2 - b |g_b|^2) / (B - b); may be below 0 */
    double noise;  /* S = (|g_b|^2 - |g_B|^2) / (1/b - 1/B), of a single sample */
    double
        error; /* standard error of signal / noise: the jackknife over groups of batches,
                  ** at most 16 (Efron and Stein, Ann. Statist. 9, 1981); infinite where
                  ** there are but two batches */
    double samples;
} lrr_probe_noise;

/* n at least 2. It ends what lrr_probe_begin began. Errors: EINVAL (the loader does not fit, or has not so many). */
lrr_status lrr_probe_noise_of(lrr_probe *p, lrr_loader *loader, size_t n,
                              lrr_probe_noise *out, lrr_error *err);

#endif
