--- What `lrrun help search` says of priors, several objectives and populations. Layer: cli.

return [[

A prior, search.loguniform(1e-5, 1, { prior = 3e-3 }), is tried first. random and sobol draw most
of their first points around it, half of the fifth, then fewer. bayes and tpe weigh what they
expect of a point by it, with each trial less, and not where trials say that it is wrong. Pruners
take what is proposed; a grid takes no notice of it.

objective = { "val_accuracy", "params" } finds the trials that no other beats in all figures:
metrics, params and steps (no seconds: no clock reaches a result). bayes and tpe weigh the figures'
ranks anew for each proposal (ParEGO); pruners are refused. A figure of a run is that of its best
evaluation by the first metric of the list. --freeze writes the knee, or --trial N.

pbt trains members side by side; after each interval the worst go on from copies of the best with
other values of what may be a schedule. Intervals of members are trials; --freeze writes the best
one's schedule, which gives its digest.]]
