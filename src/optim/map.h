/* map.h -- which optimizers there are, their numbers and their forms: the one list of each. */
#ifndef LRR_OPTIM_MAP_H
#define LRR_OPTIM_MAP_H

#include <stdbool.h>

#include "base/range.h"

#define LRR_OPTIM_MAP(X)   \
    X(sgd)                 \
    X(adam)                \
    X(adamw)               \
    X(adamax)              \
    X(nadam)               \
    X(radam)               \
    X(rmsprop)             \
    X(adagrad)             \
    X(adadelta)            \
    X(rprop)               \
    X(lion)                \
    X(lamb)                \
    X(adan)                \
    X(ademamix)            \
    X(schedule_free_sgd)   \
    X(schedule_free_adamw) \
    X(muon)                \
    X(sam)                 \
    X(prodigy)             \
    X(dadapt_adam)         \
    X(dog)                 \
    X(lbfgs)               \
    X(soap)

/* name, spelling, range: the one place for each. An optimizer reads those that its formula
** has. Where a formula has a pole or an average would grow, the range ends: momentum and
** betas below 1 (Sutskever et al. 2013; Kingma and Ba 2015), dampening up to 1 (the whole
** gradient is kept out), rprop's factors on either side of 1 (Riedmiller and Braun 1993); what is
** evaluated divides by interpolation, and rounding with it, which below 0.01 shows in the loss. */
#define LRR_HYPER_MAP(X)                                       \
    X(LR, "lr", LRR_FROM(0))                                   \
    X(WEIGHT_DECAY, "weight_decay", LRR_FROM(0))               \
    X(MOMENTUM, "momentum", LRR_FROM_BELOW(0, 1))              \
    X(DAMPENING, "dampening", LRR_FROM_TO(0, 1))               \
    X(BETA1, "beta1", LRR_FROM_BELOW(0, 1))                    \
    X(BETA2, "beta2", LRR_FROM_BELOW(0, 1))                    \
    X(EPS, "eps", LRR_FROM(0))                                 \
    X(RHO, "rho", LRR_FROM_BELOW(0, 1))                        \
    X(ETA_MINUS, "eta_minus", LRR_ABOVE_BELOW(0, 1))           \
    X(ETA_PLUS, "eta_plus", LRR_ABOVE(1))                      \
    X(STEP_MIN, "step_min", LRR_FROM(0))                       \
    X(STEP_MAX, "step_max", LRR_FROM(0))                       \
    X(LR_DECAY, "lr_decay", LRR_FROM(0))                       \
    X(MOMENTUM_DECAY, "momentum_decay", LRR_FROM(0))           \
    X(INITIAL, "initial_accumulator", LRR_FROM(0))             \
    X(BETA3, "beta3", LRR_FROM_BELOW(0, 1))                    \
    X(ALPHA, "alpha", LRR_FROM(0))                             \
    X(WARMUP, "warmup", LRR_FROM(0))                           \
    X(INTERPOLATION, "interpolation", LRR_FROM_BELOW(0.01, 1)) \
    X(NS_STEPS, "ns_steps", LRR_FROM_TO(1, 100))               \
    X(RADIUS, "radius", LRR_FROM(0))                           \
    X(D0, "d0", LRR_FROM(1e-12))                               \
    X(D_COEF, "d_coef", LRR_ABOVE(0))                          \
    X(GROWTH, "growth_rate", LRR_ABOVE(1))                     \
    X(REL, "rel", LRR_ABOVE(0))                                \
    X(GAMMA, "gamma", LRR_FROM(0))                             \
    X(MAX_ITER, "max_iter", LRR_FROM_TO(1, 1e6))               \
    X(MAX_EVAL, "max_eval", LRR_FROM_TO(1, 1e6))               \
    X(HISTORY, "history", LRR_FROM_TO(1, 1000))                \
    X(TOLERANCE_GRAD, "tolerance_grad", LRR_FROM(0))           \
    X(TOLERANCE_CHANGE, "tolerance_change", LRR_FROM(0))       \
    X(EVERY, "every", LRR_FROM_TO(1, 1e9))                     \
    X(MAX_DIM, "max_dim", LRR_FROM_TO(1, 100000))

typedef enum lrr_hyper {
#define X(name, text, ...) LRR_HYPER_##name,
    LRR_HYPER_MAP(X)
#undef X
        LRR_HYPER_COUNT
} lrr_hyper;

/* What shapes the state and the formula, fixed for the life of an optimizer: the field, and
** its key in Lua.
**   momentum   sgd, rmsprop: keep a momentum buffer (set where any is above 0)
**   nesterov   sgd, muon
**   amsgrad    adam, adamw
**   centered   rmsprop
**   cautious   adam, adamw, lion, adan, ademamix: steps only where the gradient agrees
**   keras      Keras's form: place of eps, rate within momentum
**   rms_scale, spectral_scale   muon: the step's size by a matrix's shape
**   adaptive   sam: distances in units of each weight's size
**   wolfe      lbfgs: with a line search
**   bias_correction, safeguard_warmup  prodigy; the first dadapt_adam too
**   decoupled  (a key of dadapt_adam's own) weight decay shrinks the parameter by lr * lambda, instead of adding
**              lambda * x to the gradient */
#define LRR_OPTIM_FLAG_MAP(X)               \
    X(momentum, "keeps_momentum")           \
    X(nesterov, "nesterov")                 \
    X(amsgrad, "amsgrad")                   \
    X(centered, "centered")                 \
    X(cautious, "cautious")                 \
    X(keras, "keras")                       \
    X(rms_scale, "rms_scale")               \
    X(spectral_scale, "spectral_scale")     \
    X(adaptive, "adaptive")                 \
    X(wolfe, "wolfe")                       \
    X(bias_correction, "bias_correction")   \
    X(safeguard_warmup, "safeguard_warmup") \
    X(decoupled, "decoupled")

typedef struct lrr_optim_flags {
#define X(name, text) bool name;
    LRR_OPTIM_FLAG_MAP(X)
#undef X
} lrr_optim_flags;

#endif
