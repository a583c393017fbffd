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
    X(muon)

/* name, spelling, range: the one place for each. An optimizer reads those that its formula
** has. Where a formula has a pole or an average would grow, the range ends: momentum and
** betas below 1 (Sutskever et al. 2013; Kingma and Ba 2015), dampening up to 1 (the whole
** gradient is kept out), rprop's factors on either side of 1 (Riedmiller and Braun 1993). */
#define LRR_HYPER_MAP(X)                                     \
    X(LR, "lr", LRR_FROM(0))                                 \
    X(WEIGHT_DECAY, "weight_decay", LRR_FROM(0))             \
    X(MOMENTUM, "momentum", LRR_FROM_BELOW(0, 1))            \
    X(DAMPENING, "dampening", LRR_FROM_TO(0, 1))             \
    X(BETA1, "beta1", LRR_FROM_BELOW(0, 1))                  \
    X(BETA2, "beta2", LRR_FROM_BELOW(0, 1))                  \
    X(EPS, "eps", LRR_FROM(0))                               \
    X(RHO, "rho", LRR_FROM_BELOW(0, 1))                      \
    X(ETA_MINUS, "eta_minus", LRR_ABOVE_BELOW(0, 1))         \
    X(ETA_PLUS, "eta_plus", LRR_ABOVE(1))                    \
    X(STEP_MIN, "step_min", LRR_FROM(0))                     \
    X(STEP_MAX, "step_max", LRR_FROM(0))                     \
    X(LR_DECAY, "lr_decay", LRR_FROM(0))                     \
    X(MOMENTUM_DECAY, "momentum_decay", LRR_FROM(0))         \
    X(INITIAL, "initial_accumulator", LRR_FROM(0))           \
    X(BETA3, "beta3", LRR_FROM_BELOW(0, 1))                  \
    X(ALPHA, "alpha", LRR_FROM(0))                           \
    X(WARMUP, "warmup", LRR_FROM(0))                         \
    X(INTERPOLATION, "interpolation", LRR_ABOVE_BELOW(0, 1)) \
    X(NS_STEPS, "ns_steps", LRR_FROM_TO(1, 100))

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
**   decoupled  weight decay shrinks the parameter by lr * lambda, instead of adding
**              lambda * x to the gradient */
#define LRR_OPTIM_FLAG_MAP(X)           \
    X(momentum, "keeps_momentum")       \
    X(nesterov, "nesterov")             \
    X(amsgrad, "amsgrad")               \
    X(centered, "centered")             \
    X(cautious, "cautious")             \
    X(keras, "keras")                   \
    X(rms_scale, "rms_scale")           \
    X(spectral_scale, "spectral_scale") \
    X(decoupled, "decoupled")

typedef struct lrr_optim_flags {
#define X(name, text) bool name;
    LRR_OPTIM_FLAG_MAP(X)
#undef X
} lrr_optim_flags;

#endif
