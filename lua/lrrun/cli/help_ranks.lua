--- `lrrun help ranks`: one run on several machines. Layer: cli.

local TEXT = [[
ranks: one run on several machines, with the digest of one.

  mpirun -n 4 lrrun recipe.lua             four processes (ranks) share it
  mpirun --hostfile hosts -n 8 lrrun recipe.lua
  srun --mpi=pmix lrrun recipe.lua         MPICH: --mpi=pmi2
  mpirun -n 32 lrrun search recipe.lua     trials, one on each rank
  mpirun -n 2 lrrun resume runs/recipe-1   goes on with another number
  lrrun plan recipe.lua --ranks 8          what they would cost

A recipe with shards = 8 has each batch cut into 8 pieces, whose gradients are
computed apart and added in a fixed tree; ranks share the pieces. So neither
their number nor that of threads is part of the result, and batch, schedule and
epochs are as the recipe says. Batchnorm is that of the whole batch, or of each
shard with nn.batchnorm { sync = false }; dropout and augmentation go by the
sample. Ranks beyond the shards have nothing to do.

run, resume and extend are shared. search, advise and sensitivity have each rank
train one trial at a time, with the table of --jobs 1 (lrrun help search); other
verbs are rank 0's alone.

Each rank reads the samples that it trains or evaluates; rank 0 speaks and
writes. Each needs lrrun, the recipe, the data and, for resume, the run folder.
A rank that dies, or gives no sign of life for 20 s (LRRUN_SILENCE) however busy
it is, ends the job, and is named; resume goes on. Ctrl-C and SIGTERM end all
ranks after the same update, with a checkpoint. Open MPI's mpirun passes SIGTERM
on after 1 s and kills after another: both are 10 s with --mca
odls_base_sigkill_timeout 10.

With sbatch --requeue --signal=TERM@120 a job out of time saves and ends with
143, but Slurm requeues only what a lost node or another job ended: the script
has to call scontrol requeue $SLURM_JOB_ID (README, "Many machines", has one).
srun does not take --cpus-per-task from sbatch: give it to both.

MPI is loaded at run time: make builds a library for it beside the program where
it finds mpicc. It is called in a process of its own; the one that runs the
recipe stays locked.]]

return function(out)
  for line in (TEXT .. "\n"):gmatch "(.-)\n" do
    out:print("%s", line)
  end
end
