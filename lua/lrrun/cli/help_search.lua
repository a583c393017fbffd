--- What `lrrun help search` says of priors, several objectives, populations and processes that
--- join. Layer: cli.

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
one's schedule, which gives its digest.

With --join any number of processes, on hosts that share the folder (NFS too), work on one study:
each trial is trained once, and the table is that of --jobs 1, whatever dies. A job array:

  #!/bin/bash
  #SBATCH --array=0-15 --cpus-per-task=4 --requeue --signal=B:TERM@60
  exec lrrun search recipe.lua --out /shared/runs --trials 200 --strategy random --join --jobs 1

All have the same recipe and flags; what differs is said. A trial of one that was not heard of for
--lease seconds goes to another one, which goes on from its last checkpoint; Ctrl-C and SIGTERM give
it back at once. An array that is out of time goes on by the same sbatch. bayes, tpe, median and
rungs (asha, hyperband) have four trials under way in all, pbt as many as it has members; random,
sobol and grid as many as there are processes. A search without --join is refused while others are
there, and goes on alone when they have ended.

mpirun -n 32 lrrun search RECIPE trains one trial on each rank; the table is that of --jobs 1. Where
results decide what comes next, four are under way. Ranks that do not see the study's folder are
sent what they need of it; recipe and data each has itself. The same command goes on after a rank
died.]]
