/* op_map.h -- the one list of operators: X(name) for each `lrr_op_def lrr_op_<name>`. */
#ifndef LRR_GRAPH_OP_MAP_H
#define LRR_GRAPH_OP_MAP_H

#define LRR_OP_MAP(X) \
    X(linear)         \
    X(relu)           \
    X(leaky_relu)     \
    X(elu)            \
    X(selu)           \
    X(gelu)           \
    X(silu)           \
    X(tanh)           \
    X(sigmoid)        \
    X(softplus)       \
    X(softmax)        \
    X(cross_entropy)  \
    X(embedding)      \
    X(rnn)            \
    X(lstm)           \
    X(gru)            \
    X(conv2d)         \
    X(conv1d)         \
    X(maxpool2d)      \
    X(avgpool2d)      \
    X(global_avgpool) \
    X(global_maxpool) \
    X(mse)            \
    X(l1)             \
    X(bce)            \
    X(huber)          \
    X(focal)          \
    X(flatten)        \
    X(reshape)        \
    X(add)            \
    X(mul)            \
    X(scale)          \
    X(concat)         \
    X(dropout)        \
    X(batchnorm)      \
    X(layernorm)      \
    X(groupnorm)      \
    X(rmsnorm)        \
    X(positions)      \
    X(swiglu)         \
    X(step)           \
    X(tokens)         \
    X(qk_norm)        \
    X(rope)           \
    X(attention)

#endif
