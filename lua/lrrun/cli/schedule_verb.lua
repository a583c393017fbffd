--- The verb schedule, for verbs.lua. Layer: cli.

return {
  "schedule", args = { 1, 1, "EXPRESSION" }, module = "lrrun.cli.schedule",
  fixed = "it reads no recipe", but = "epochs",
  doc = "draws a schedule: its rate over the updates of a run",
  about = [[
  lrrun schedule 'warmup(5) .. cosine{ min = 1e-5 }' --epochs 30 --lr 0.01

EXPRESSION is what a recipe's schedule takes, in the sandbox of recipes; the constructors of
schedule may stand without it (cosine for schedule.cosine), beside stop, epochs, steps, percent and
samples: 'warmup(200*steps) .. wsd{}', '0.5 * one_cycle{ max = 0.1 }'. a .. b runs b after a, a * b
multiplies. Without --lr rates are shares of the optimizer's lr. lrrun plan RECIPE draws that of a
recipe.]],
  flags = {
    { "lr", "X", type = "number", doc = "the optimizer's rate (default: 1)" },
    { "steps-per-epoch", "N", type = "count", most = 1000000000,
      doc = "updates of an epoch (default: 100)" },
    { "output", "FILE", short = "o", doc = "draws it as SVG too; - is the standard output" },
  },
}
