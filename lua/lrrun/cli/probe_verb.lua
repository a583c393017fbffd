--- The verb probe, for verbs.lua. Layer: cli.

return {
  "probe", engine = true, args = { 1, 1, "RUN|RECIPE" }, module = "lrrun.cli.probe",
  doc = "curvature of the loss along a run, the rate beside its limit, the gradient's noise",
  about = [[
A recipe is trained in memory up to the last point asked for; of a run folder its start and its
checkpoints are looked at (checkpoint = { every, keep } keeps more). No run is changed. What is
measured is the training loss on the first samples of the run's first epoch, in training mode: with
dropout as in the update to come, batchnorm by the batch, whose statistics move with the weights;
without weight decay and clipping; at the weights that train, not at their average.

sharpness    the largest eigenvalue of the Hessian: how strongly the loss curves where it curves
             most. Lanczos iteration on differences of gradients, with the branches of ReLU, maximum
             and absolute errors held, so that kinks are no curvature. The error is said where it
             is above 1 %.
limit        the rate up to which updates stay stable on a quadratic of that curvature:
             2 / sharpness of plain SGD, (2 + 2b) / sharpness with momentum b, of Adam and its
             kin c / largest eigenvalue of P^-1/2 H P^-1/2, with P their second moments and
             c = (2 + 2 beta1) / (1 - beta1), which is 38.
rate/limit   near 1 is no fault: training on whole batches drives it there and stays (the edge of
             stability). Rising above 1 warns a few updates before the loss rises.
noise scale  how many samples a batch has whose gradient is as long as its noise. Batches far
             below it gain by being larger, far above it they hardly do. Most runs' rises with time.
             Taken of four times as many samples. Behind it stands where it is by one standard
             error, two times of three: each of up to 16 groups of the batches is left out in
             turn, and what that changes of gradient^2 / noise makes the error (the jackknife);
             "and more" where the gradient could be 0.

Where these numbers mislead:
- The limit at the start is not the run's: curvature grows in training, often tenfold within some
  updates, and falls as the rate grows. Look along the run; do not take the limit for the best rate.
- In noisy training (small batches, dropout) the loss is stable up to rates below the limit: noise
  costs before instability does.
- With batchnorm the curvature shrinks as weights grow, and weights grow with the rate.
- With precision = "bf16" gradients are rough, and their differences more so: sharpness may be a
  third off. A recipe is probed with --precision f32, too.
- Few samples (--samples) see a larger curvature than all of them.
- Of lion, rprop, lamb, adan, ademamix, muon, soap and cautious steps no limit is known; Adam has
  none before its first update, and a tiny one without meaning (which is said) while some weight has
  hardly had a gradient, as a rare word's. Of groups with rates of their own the limit is the
  first group's, the others in proportion.
- Noise of some thousand samples is a rough figure, as its error says, and none where the gradient
  is lost in it.
Sources: Cohen et al., arXiv 2103.00065 and 2207.14484; McCandlish et al., arXiv 1812.06162.]],
  flags = {
    { "at", "POINTS", once = true,
      doc = "where: init, end, a share (25%) or an update (200), "
      .. "with commas between (default: init,25%,end; of a run folder init and its "
      .. "checkpoints)" },
    { "samples", "N", type = "count",
      doc = "samples of curvature, in whole batches (default: 512; 1,024 targets at steps)" },
  }
}
